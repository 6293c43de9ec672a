package scripts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/internal/redistest"
)

// said is an error reply as go-redis hands it on.
type said string

func (s said) Error() string { return string(s) }
func (said) RedisError()     {}

func TestWhatRedisSaysInTroubleHasItsMeaning(t *testing.T) {
	t.Parallel()
	const (
		old = "ERR Error running script (call to f_0123): @user_script:12: @user_script: 12: -"
		now = " script: 0123456789, on @user_script:12."
	)
	tests := []struct {
		err  error
		kind string
		is   error
		text string
	}{
		{said("LOADING Redis is loading the dataset in memory"), "loading", jobs.ErrUnreachable, "redis is unreachable: it is loading its data (LOADING Redis is loading the dataset in memory)"},
		{said("ERR max number of clients reached"), "clients", jobs.ErrUnreachable, "redis is unreachable: it has as many clients as it takes (max number of clients reached)"},
		{said("BUSY Redis is busy running a script."), "busy", jobs.ErrUnreachable, "redis is unreachable: it is busy with a script of somebody (BUSY Redis is busy running a script)"},
		{said("MASTERDOWN Link with MASTER is down"), "replica", jobs.ErrUnreachable, "it is a replica that has lost its master"},
		{said("CLUSTERDOWN The cluster is down"), "cluster", jobs.ErrUnreachable, "its cluster is down"},
		{said("TRYAGAIN Multiple keys request during rehashing of slot"), "cluster", jobs.ErrUnreachable, "moving"},
		{said("READONLY You can't write against a read only replica." + now), "replica", jobs.ErrNotWritable, "redis takes no writes: it is a replica (READONLY You can't write against a read only replica)"},
		{said(old + "READONLY You can't write against a read only replica."), "replica", jobs.ErrNotWritable, "redis takes no writes: it is a replica (READONLY You can't write against a read only replica)"},
		{said("OOM command not allowed when used memory > 'maxmemory'." + now), "memory", jobs.ErrNotWritable, "redis takes no writes: its memory is full (OOM command not allowed when used memory > 'maxmemory')"},
		{said(old + "OOM command not allowed when used memory > 'maxmemory'."), "memory", jobs.ErrNotWritable, "its memory is full (OOM command not allowed"},
		{said("MISCONF Errors writing to the AOF file: No space left on device"), "disk", jobs.ErrNotWritable, "redis takes no writes: it cannot write to its disk (MISCONF Errors writing to the AOF file: No space left on device)"},
		{said("NOREPLICAS Not enough good replicas to write." + now), "replicas", jobs.ErrNotWritable, "fewer replicas"},
		{said("WRONGPASS invalid username-password pair or user is disabled."), "password", jobs.ErrDenied, "redis denies access: invalid username-password pair or user is disabled."},
		{said("NOAUTH Authentication required."), "password", jobs.ErrDenied, "redis denies access: Authentication required."},
		{said("NOPERM this user has no permissions to run the 'evalsha' command"), "permission", jobs.ErrDenied, "redis denies access: this user has no permissions to run the 'evalsha' command"},
		{said("ERR The user executing the script can't access at least one of the keys mentioned in the command arguments" + now), "permission", jobs.ErrDenied, "redis denies access: The user executing the script can't access at least one of the keys"},
		{fmt.Errorf("failed to authenticate: %w", said("WRONGPASS invalid")), "password", jobs.ErrDenied, "redis denies access: invalid"},
		{&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}, "unreachable", jobs.ErrUnreachable, "redis is unreachable: dial tcp: connection refused"},
		{io.EOF, "unreachable", jobs.ErrUnreachable, "redis is unreachable: EOF"},
		{context.DeadlineExceeded, "unreachable", jobs.ErrUnreachable, "context deadline exceeded"},
		{redis.ErrPoolTimeout, "unreachable", jobs.ErrUnreachable, "pool timeout"},
		{fmt.Errorf(sentinels+": %w", errors.Join(io.EOF, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")})), "sentinel", jobs.ErrUnreachable, "redis is unreachable: no Sentinel can be reached (EOF; dial tcp: connection refused)"},
		{fmt.Errorf(sentinels+": %w", errors.Join(redis.Nil, redis.Nil)), "sentinel", jobs.ErrUnreachable, "the Sentinels know no master of that name"},
		{fmt.Errorf(sentinels+": %w", errors.Join(said("NOAUTH Authentication required."))), "sentinel", jobs.ErrDenied, "redis denies access: the Sentinels ask for another password"},
	}
	for _, tt := range tests {
		got := Translate(tt.err)
		trouble, ok := TroubleOf(fmt.Errorf("put job \"x\": %w", got))
		if !ok || trouble.Kind != tt.kind || trouble.What == "" || trouble.Fix == "" || !strings.Contains(trouble.String(), trouble.What) {
			t.Errorf("%v: got trouble %+v, want kind %q, what it is and what to do", tt.err, trouble, tt.kind)
		}
		for _, other := range []error{jobs.ErrUnreachable, jobs.ErrNotWritable, jobs.ErrDenied} {
			if errors.Is(got, other) != (other == tt.is) {
				t.Errorf("%v: is %v: got %v, want only %v", tt.err, other, errors.Is(got, other), tt.is)
			}
		}
		if !strings.Contains(got.Error(), tt.text) || strings.Contains(got.Error(), "user_script") || strings.Contains(got.Error(), "\n") {
			t.Errorf("%v:\ngot  %v\nwant %s, on one line and without the script", tt.err, got, tt.text)
		}
		if errors.Is(got, redis.Nil) {
			t.Errorf("%v: passes for an absent key", tt.err)
		}
		if again := Translate(got); again != got {
			t.Errorf("%v: translated twice: got %v, want %v", tt.err, again, got)
		}
	}
	for _, other := range []error{nil, redis.Nil, context.Canceled, redis.ErrClosed, said("BUSYGROUP x"), said("ERR unknown command"), errors.New("x")} {
		if got := Translate(other); got != other {
			t.Errorf("%v: got %v, want it as it is", other, got)
		}
		if trouble, ok := TroubleOf(other); ok {
			t.Errorf("%v: got %v, want no trouble of Redis", other, trouble)
		}
	}
}

// at dials a client of a use and closes it in the end.
func at(t *testing.T, address string, use Use) *Commands {
	t.Helper()
	rdb, err := Dial(address, use)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rdb.Close() })
	c, err := New(rdb, "jobs")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestARedisThatTakesNoMoreClientsIsToldFromOneThatIsGone(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.TCP(), redistest.Args("--maxclients", "1"))
	only := server.Client()
	if err := only.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	for _, use := range []Use{Data, Lead, Once, Blocking} {
		_, err := at(t, server.URL(), use).RunnerTypes(t.Context())
		trouble, _ := TroubleOf(Translate(err))
		if trouble.Kind != "clients" || !errors.Is(Translate(err), jobs.ErrUnreachable) {
			t.Errorf("use %d: got %v, want too many clients", use, err)
		}
	}
}

func TestAChangedPasswordIsFoundInItsFile(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.TCP(), redistest.Password("first"))
	file := t.TempDir() + "/password"
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("first\n")
	c, admin := at(t, "redis://"+server.Addr()+"?password_file="+file, Data), server.Client()
	if err := c.Install(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := admin.ConfigSet(t.Context(), "requirepass", "second").Err(); err != nil {
		t.Fatal(err)
	}
	if err := admin.Do(t.Context(), "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes").Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.Install(t.Context()); !errors.Is(err, jobs.ErrDenied) {
		t.Errorf("with the old password: got %v, want %v", err, jobs.ErrDenied)
	}
	write("second\n")
	if err := c.Install(t.Context()); err != nil {
		t.Errorf("with the new password: got %v, want none", err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := admin.Do(t.Context(), "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes").Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.Install(t.Context()); !errors.Is(err, jobs.ErrDenied) || !strings.Contains(err.Error(), file) {
		t.Errorf("without the file: got %v, want %v and its name", err, jobs.ErrDenied)
	}
}

// A pop that fails because no Sentinel knows the master must not pass for a wait
// in which nothing rang: the listener would ask again at once, for ever.
func TestNoMasterIsNoQuietBell(t *testing.T) {
	t.Parallel()
	sentinel, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer sentinel.Close()
	go serveNil(sentinel)
	c := at(t, "redis+sentinel://"+sentinel.Addr().String()+"/nobody", Blocking)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	rang, err := c.Wait(ctx, []string{"shell"})
	if trouble, _ := TroubleOf(err); rang || trouble.Kind != "sentinel" || !strings.Contains(err.Error(), "no master of that name") {
		t.Errorf("got %v, %v, want that the Sentinels know no such master", rang, err)
	}
}

// serveNil answers nil to every command, as a Sentinel does that knows no such
// master.
func serveNil(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			buffer := make([]byte, 4096)
			for {
				n, err := conn.Read(buffer)
				if err != nil {
					return
				}
				// One command is one array: its first byte tells how many there are.
				io.WriteString(conn, strings.Repeat("*-1\r\n", strings.Count(string(buffer[:n]), "*")))
			}
		}()
	}
}
