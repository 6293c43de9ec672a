package scripts

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// needs are the Redis commands that the command set and the agents use, with
// arguments behind the first key that Redis would take.
func needs() map[string]string {
	return map[string]string{
		"BLPOP": "K 1", "DEL": "K", "EXISTS": "K", "EXPIRE": "K 1", "GET": "K", "HDEL": "K f", "HEXISTS": "K f", "HGET": "K f", "HGETALL": "K",
		"HINCRBY": "K f 1", "HKEYS": "K", "HLEN": "K", "HMGET": "K f", "HSCAN": "K 0", "HSET": "K f v", "HSETNX": "K f v", "HSTRLEN": "K f",
		"INCR": "K", "INCRBY": "K 1", "LINDEX": "K 0", "LLEN": "K", "LPOP": "K", "LPUSH": "K v", "LRANGE": "K 0 1", "LTRIM": "K 0 1", "PERSIST": "K", "PEXPIRE": "K 1", "PTTL": "K",
		"RPOP": "K", "RPUSH": "K v", "SET": "K v", "TYPE": "K", "XADD": "K * f v", "XREVRANGE": "K + -", "XTRIM": "K MAXLEN ~ 1", "ZADD": "K 1 m", "ZCARD": "K", "ZMSCORE": "K m", "ZRANGE": "K 0 1",
		"ZRANGEBYSCORE": "K 0 1", "ZREM": "K m", "ZREMRANGEBYSCORE": "K 0 1", "ZREVRANGE": "K 0 1", "ZSCORE": "K m",
		"TIME": "", "INFO": "", "PING": "", "MULTI": "", "EXEC": "", "EVAL": "x 1 K", "EVALSHA": "x 1 K", "SCRIPT LOAD": "x",
		"PUBLISH": "K m", "SUBSCRIBE": "K",
	}
}

// asks is the script of Denied: the arguments are commands, each as words divided by
// blanks. Not a command of the command set: it is about the user, not about a board.
const asks = `if not redis.acl_check_cmd then return false end
local no = {}
for _, words in ipairs(ARGV) do
  local cmd = {}
  for word in string.gmatch(words, '%S+') do cmd[#cmd + 1] = word end
  local ok, may = pcall(redis.acl_check_cmd, unpack(cmd))
  if not (ok and may) then no[#no + 1] = words end
end
return no`

// Access is what the user of a connection may do on a board.
type Access struct {
	User   string // empty: not known
	Known  bool   // false: Redis, before 7.0, does not tell what follows
	Denied []string
}

// Access asks which of the commands that are needed the user may not run.
func (c *Commands) Access(ctx context.Context) (Access, error) {
	var a Access
	a.User, _ = c.rdb.Do(ctx, "ACL", "WHOAMI").Text()
	key := c.keys.Board() + ":acl" // never written; a key of the board and a name of its channels
	args := make([]any, 0, 2*len(needs()))
	for name, rest := range needs() {
		args = append(args, name+" "+strings.ReplaceAll(rest, "K", key))
	}
	args = append(args, "HSET "+CommandsKey+" f v", "HGETALL "+CommandsKey)
	if err := c.rdb.ScriptLoad(ctx, asks).Err(); err != nil {
		return a, fmt.Errorf("ask what the user may run: %w", Translate(err))
	}
	sum := sha1.Sum([]byte(asks))
	reply, err := c.rdb.EvalSha(ctx, hex.EncodeToString(sum[:]), []string{key}, args...).Slice()
	if errors.Is(err, redis.Nil) {
		return a, nil
	}
	if err != nil {
		return a, fmt.Errorf("ask what the user may run: %w", Translate(err))
	}
	for _, words := range reply {
		name, rest, _ := strings.Cut(toString(words), " ")
		if name == "SCRIPT" {
			name = "SCRIPT LOAD"
		}
		if strings.HasPrefix(rest, CommandsKey) {
			name += " " + CommandsKey
		}
		a.Denied = append(a.Denied, name)
	}
	slices.Sort(a.Denied)
	a.Known = true
	return a, nil
}
