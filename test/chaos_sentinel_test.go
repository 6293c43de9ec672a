package test

import (
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// watched is a master and its replica, watched over by three sentinels. What
// befalls it befalls the server that is the master then.
type watched struct {
	t         *testing.T
	nodes     []*redistest.Server
	sentinels []string // addresses
	hit       *redistest.Server
}

// newWatched starts them and waits until the sentinels know all there is to know.
func newWatched(t *testing.T) *watched {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("sentinels are redis-servers:", err)
	}
	master := redistest.Start(t, redistest.TCP(), redistest.AOF("everysec"))
	host, port, _ := net.SplitHostPort(master.Addr())
	replica := redistest.Start(t, redistest.TCP(), redistest.AOF("everysec"), redistest.Args("--replicaof", host, port))
	w := &watched{t: t, nodes: []*redistest.Server{master, replica}}
	h := newHost(t, "")
	for i := range 3 {
		address := freeAddress(t)
		_, own, _ := net.SplitHostPort(address)
		file := h.write(fmt.Sprintf("sentinel-%d.conf", i), strings.Join([]string{
			"port " + own, "bind 127.0.0.1", "dir " + h.dir, "sentinel monitor main " + host + " " + port + " 2",
			"sentinel down-after-milliseconds main 1000", "sentinel failover-timeout main 4000", "",
		}, "\n"))
		h.background(exec.Command(program, file, "--sentinel"))
		w.sentinels = append(w.sentinels, address)
	}
	for _, address := range w.sentinels {
		sentinel := redis.NewSentinelClient(&redis.Options{Addr: address})
		t.Cleanup(func() { sentinel.Close() })
		eventually(t, "the sentinel knows the replica and the other sentinels", func() bool {
			state := sentinel.Master(t.Context(), "main").Val()
			return state["num-slaves"] == "1" && state["num-other-sentinels"] == "2"
		})
	}
	return w
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (w *watched) URL() string {
	return "redis+sentinel://" + strings.Join(w.sentinels, ",") + "/main/0"
}

// master answers the server that most sentinels call the master, and that agrees.
func (w *watched) master() *redistest.Server {
	votes := map[string]int{}
	for _, address := range w.sentinels {
		sentinel := redis.NewSentinelClient(&redis.Options{Addr: address, MaxRetries: -1})
		if parts, err := sentinel.GetMasterAddrByName(w.t.Context(), "main").Result(); err == nil && len(parts) == 2 {
			votes[net.JoinHostPort(parts[0], parts[1])]++
		}
		sentinel.Close()
	}
	for _, node := range w.nodes {
		if votes[node.Addr()] == len(w.sentinels) && role(w.t, node)[0] == "master" {
			return node
		}
	}
	return nil
}

// role answers what a server is, and how it stands with its master.
func role(t *testing.T, node *redistest.Server) []string {
	t.Helper()
	words, err := node.Client().Do(t.Context(), "ROLE").Slice()
	if err != nil || len(words) < 4 {
		return []string{fmt.Sprint(append(words, "")[0]), ""}
	}
	return []string{fmt.Sprint(words[0]), fmt.Sprint(words[3])}
}

// whole waits until one server is the master and the other its replica, up to date.
func (w *watched) whole() *redistest.Server {
	w.t.Helper()
	var master *redistest.Server
	eventually(w.t, "one Redis is the master and the other its replica", func() bool {
		if master = w.master(); master == nil {
			return false
		}
		for _, node := range w.nodes {
			if node != master {
				state := role(w.t, node)
				return state[0] == "slave" && state[1] == "connected"
			}
		}
		return false
	})
	return master
}

func (w *watched) Kill() {
	w.t.Helper()
	w.hit = w.whole()
	w.hit.Kill()
}

func (w *watched) Restart() {
	w.t.Helper()
	w.hit.Restart()
	w.whole()
}

func (w *watched) Freeze() {
	w.t.Helper()
	w.hit = w.whole()
	w.hit.Freeze()
}

func (w *watched) Thaw() {
	w.t.Helper()
	w.hit.Thaw()
	w.whole()
}
