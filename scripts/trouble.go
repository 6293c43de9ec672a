package scripts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
)

// Trouble is why Redis does not do what it is asked, in words for people. What it
// means for runs is the same for all: who waits for Redis tries on.
type Trouble struct {
	Kind string // for programs: memory, disk, replica, ...
	What string // behind "redis": "takes no writes"
	Why  string // "its memory is full"; may be empty
	Fix  string // what to do about it
}

// String is the trouble as a clause.
func (t Trouble) String() string {
	if t.Why == "" {
		return "redis " + t.What
	}
	return "redis " + t.What + ": " + t.Why
}

// known is a trouble by the code in front of an error reply, and the error that
// callers test.
type known struct {
	code string
	is   error
	Trouble
}

const (
	unanswered = "does not answer"
	unwritable = "takes no writes"
	denies     = "denies access"

	lookAtDisk = "look at disk and folder of the Redis host (df, its log); it goes on by itself once it can write"
	nameMaster = "name the master, or use redis+sentinel://; after a failover it goes on by itself"
)

// knownTroubles in the order in which they are looked for.
func knownTroubles() []known {
	return []known{
		{"LOADING", jobs.ErrUnreachable, Trouble{"loading", unanswered, "it is loading its data", "nothing: it answers once they are read"}},
		{"max number of clients reached", jobs.ErrUnreachable, Trouble{
			"clients", unanswered, "it has as many clients as it takes",
			"see who holds connections (redis-cli CLIENT LIST), or raise maxclients",
		}},
		{"BUSY", jobs.ErrUnreachable, Trouble{"busy", unanswered, "it is busy with a script of somebody", "redis-cli SCRIPT KILL, if that script has written nothing"}},
		{"MASTERDOWN", jobs.ErrUnreachable, Trouble{"replica", unanswered, "it is a replica that has lost its master", nameMaster}},
		{"CLUSTERDOWN", jobs.ErrUnreachable, Trouble{"cluster", unanswered, "its cluster is down", "redis-cli --cluster check"}},
		{"TRYAGAIN", jobs.ErrUnreachable, Trouble{"cluster", unanswered, "its cluster is moving the slot of the board", "nothing: it answers once they are moved"}},
		{"READONLY", jobs.ErrNotWritable, Trouble{"replica", unwritable, "it is a replica", nameMaster}},
		{"OOM", jobs.ErrNotWritable, Trouble{"memory", unwritable, "its memory is full", "raise maxmemory, or remove what fills it (redis-cli --bigkeys)"}},
		{"MISCONF", jobs.ErrNotWritable, Trouble{"disk", unwritable, "it cannot write to its disk", lookAtDisk}},
		{"NOREPLICAS", jobs.ErrNotWritable, Trouble{"replicas", unwritable, "it has fewer replicas than min-replicas-to-write", "bring its replicas back"}},
		{"WRONGPASS", jobs.ErrDenied, Trouble{"password", denies, "", "give the right user and password"}},
		{"NOAUTH", jobs.ErrDenied, Trouble{"password", denies, "", "give user and password"}},
		{"NOPERM", jobs.ErrDenied, Trouble{"permission", denies, "", "allow the user the commands and keys of the board (jobs-agent doctor tells which)"}},
		{"The user executing the script can't", jobs.ErrDenied, Trouble{"permission", denies, "", "allow the user the commands and keys of the board (jobs-agent doctor tells which)"}},
	}
}

// sentinels is how go-redis begins what it says when no Sentinel names a master.
const sentinels = "redis: all sentinels specified in configuration are unreachable"

// troubled is an error that is the trouble of Redis.
type troubled struct {
	Trouble
	is, cause error
	words     string // of the cause
}

func (e *troubled) Error() string {
	if e.Why == "" {
		return e.is.Error() + ": " + e.words
	}
	return e.is.Error() + ": " + e.Why + " (" + e.words + ")"
}

func (e *troubled) Unwrap() []error { return []error{e.is, e.cause} }

// TroubleOf answers the trouble that an error of this package tells of.
func TroubleOf(err error) (Trouble, bool) {
	var t *troubled
	if !errors.As(err, &t) {
		return Trouble{}, false
	}
	return t.Trouble, true
}

// IsTrouble tells whether an error of this package is a trouble of Redis.
func IsTrouble(err error) bool {
	_, is := TroubleOf(err)
	return is
}

// Translate gives an error of go-redis or of a command the meaning that the errors
// of package jobs have; callers that read keys by themselves use it too.
func Translate(err error) error {
	var before *troubled
	switch {
	case err == nil, errors.As(err, &before):
		return err
	case strings.Contains(err.Error(), sentinels):
		return ofSentinels(err)
	case errors.Is(err, redis.Nil):
		return err
	}
	var reply redis.Error
	if errors.As(err, &reply) {
		return ofReply(err, reply.Error())
	}
	var network net.Error
	if errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, redis.ErrPoolTimeout) || strings.Contains(err.Error(), "connection re") {
		return &troubled{unreachable(), jobs.ErrUnreachable, err, oneLine(err)}
	}
	return err
}

func unreachable() Trouble {
	return Trouble{Kind: "unreachable", What: unanswered, Fix: "see whether it runs and can be reached from this host"}
}

// ofReply gives an error reply its meaning. Redis 6.2 puts what a command in a
// script was answered behind words of its own and a minus.
func ofReply(err error, text string) error {
	text = strings.TrimPrefix(text, "ERR ")
	if _, inner, ok := strings.Cut(text, ": -"); ok && strings.HasPrefix(text, "Error running script") {
		text = inner
	}
	text, _, _ = strings.Cut(text, " script: ")
	code, words, _ := strings.Cut(text, " ")
	if meaning, ok := codes()[code]; ok {
		if words == meaning.Error() {
			return meaning
		}
		return fmt.Errorf("%w: %s", meaning, words)
	}
	for _, k := range knownTroubles() {
		phrase := strings.Contains(k.code, " ")
		if phrase && !strings.HasPrefix(text, k.code) || !phrase && k.code != code {
			continue
		}
		if k.What != denies || phrase {
			words = strings.TrimSuffix(text, ".")
		}
		return &troubled{k.Trouble, k.is, err, words}
	}
	return err
}

// ofSentinels tells why no Sentinel names a master: they ask for a password, they
// know no such master, or none of them answers.
func ofSentinels(err error) error {
	_, words, _ := strings.Cut(oneLine(err), sentinels+": ")
	t := &troubled{is: jobs.ErrUnreachable, cause: errors.New(words), words: words}
	t.Kind, t.What = "sentinel", unanswered
	var reply redis.Error
	switch {
	case errors.As(err, &reply) && (redis.HasErrorPrefix(reply, "NOAUTH") || redis.HasErrorPrefix(reply, "WRONGPASS")):
		t.is, t.What, t.Why = jobs.ErrDenied, denies, "the Sentinels ask for another password than that of the data"
		t.Fix = "give theirs by sentinel_password_file=PATH or sentinel_password_env=NAME in the URL"
	case errors.Is(err, redis.Nil):
		t.Why, t.Fix = "the Sentinels know no master of that name", "compare the name in the URL with redis-cli -p 26379 SENTINEL MASTERS"
	default:
		t.Why, t.Fix = "no Sentinel can be reached", "see whether they run and can be reached from this host"
	}
	return t
}

// oneLine is an error without line ends, which joined errors have.
func oneLine(err error) string {
	return strings.Join(strings.Split(err.Error(), "\n"), "; ")
}
