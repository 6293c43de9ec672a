package scripts

import (
	"context"
	"errors"
	"maps"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/internal/redistest"
)

func TestInstallNamesEveryCommandAndDropsWhatIsLeftOver(t *testing.T) {
	t.Parallel()
	redistest.Both(t, func(t *testing.T, rdb *redis.Client) {
		ctx := context.Background()
		if err := rdb.HSet(ctx, CommandsKey, "jold", "0", "jset", "1").Err(); err != nil {
			t.Fatal(err)
		}
		if err := Install(ctx, rdb); err != nil {
			t.Fatal(err)
		}
		sources, err := Sources()
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		for _, s := range sources {
			want[s.Name] = s.SHA
		}
		if got := rdb.HGetAll(ctx, CommandsKey).Val(); !maps.Equal(got, want) {
			t.Errorf("hash commands: got %v, want %v", got, want)
		}
	})
}

// A client that reads the hash at any moment finds all commands: the second
// installation replaces it in one step.
func TestInstallIsNeverSeenHalfDone(t *testing.T) {
	t.Parallel()
	redistest.Both(t, func(t *testing.T, rdb *redis.Client) {
		ctx := context.Background()
		if err := Install(ctx, rdb); err != nil {
			t.Fatal(err)
		}
		want := rdb.HLen(ctx, CommandsKey).Val()
		var over atomic.Bool
		done := make(chan error, 1)
		go func() {
			defer over.Store(true)
			for range 15 {
				if err := Install(ctx, rdb); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
		for !over.Load() {
			if got := int64(len(rdb.HGetAll(ctx, CommandsKey).Val())); got != want {
				t.Errorf("a client finds %d commands, want %d", got, want)
				break
			}
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestInstallSendsOneTransaction(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	var seen []string
	rdb.AddHook(hook(func(cmds []redis.Cmder) {
		for _, cmd := range cmds {
			seen = append(seen, cmd.Name())
		}
	}))
	if err := Install(context.Background(), rdb); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(seen, " "); got != "multi del hset exec" {
		t.Errorf("sent as one: got %q, want the hash replaced in one MULTI", got)
	}
}

// hook sees the pipelines of a client.
type hook func([]redis.Cmder)

func (h hook) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}
func (h hook) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }
func (h hook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		h(cmds)
		return next(ctx, cmds)
	}
}

// Redis forgets scripts; every way of calling loads them again by itself.
func TestCallsHealAfterScriptsWereLost(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	lane := func(op int64) (jobs.Acks, *jobs.Take) {
		return jobs.Acks{Lane: "w", Op: op, Ends: []jobs.End{{Run: "a#01", Token: "1:1:1:w", State: jobs.Succeeded}}},
			&jobs.Take{Lane: "w", Op: op, Want: 1, Lease: time.Second, Runners: []string{"shell"}}
	}
	exchanged := func(t *testing.T, c *Commands, op int64) {
		t.Helper()
		acks, take := lane(op)
		x, err := c.Exchange(ctx, acks, take)
		if err != nil || len(x.Refused) != 1 || len(x.Taken) != 0 {
			t.Errorf("exchange: got %+v, %v, want one end refused", x, err)
		}
	}
	got := func(t *testing.T, c *Commands) {
		t.Helper()
		if _, found, err := c.Jget(ctx, "a"); err != nil || found {
			t.Errorf("JGET: got %v, %v, want no job", found, err)
		}
	}
	t.Run("SCRIPT FLUSH", func(t *testing.T) {
		t.Parallel()
		redistest.Both(t, func(t *testing.T, rdb *redis.Client) {
			c := newStand(t, rdb).c
			for op := range int64(3) {
				if err := rdb.ScriptFlush(ctx).Err(); err != nil {
					t.Fatal(err)
				}
				exchanged(t, c, op)
				if err := rdb.ScriptFlush(ctx).Err(); err != nil {
					t.Fatal(err)
				}
				got(t, c)
			}
		})
	})
	t.Run("a restart", func(t *testing.T) {
		t.Parallel()
		server := redistest.Start(t)
		newStand(t, server.Client())
		for _, call := range []func(t *testing.T, c *Commands){got, func(t *testing.T, c *Commands) { exchanged(t, c, 1) }} {
			server.Restart()
			rdb := server.Client()
			c, err := New(rdb, "jobs")
			if err != nil {
				t.Fatal(err)
			}
			call(t, c)
			if rdb.HLen(ctx, CommandsKey).Val() == 0 {
				t.Error("the hash commands is still empty")
			}
		}
	})
}

// A hundred callers that find the commands gone load them once, or a few times, not
// each.
func TestACrowdLoadsTheCommandsOnce(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	c := newStand(t, rdb).c
	ctx := context.Background()
	for _, err := range []error{rdb.ScriptFlush(ctx).Err(), rdb.ConfigResetStat(ctx).Err()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var crowd sync.WaitGroup
	for range 100 {
		crowd.Go(func() {
			if _, err := c.Jcount(ctx, nil); err != nil {
				t.Error(err)
			}
		})
	}
	crowd.Wait()
	stats := rdb.Info(ctx, "commandstats").Val()
	_, after, _ := strings.Cut(stats, "cmdstat_script|load:calls=")
	calls, _, _ := strings.Cut(after, ",")
	n, err := strconv.Atoi(calls)
	if err != nil || n < len(c.sources) || n > 10*len(c.sources) {
		t.Errorf("got %q loads of %d commands in all, want each once, or a few times\n%s", calls, len(c.sources), stats)
	}
}

func TestAnErrorThatIsNotNOSCRIPTInstallsNothing(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	c := newStand(t, rdb).c
	if err := rdb.Del(context.Background(), CommandsKey).Err(); err != nil {
		t.Fatal(err)
	}
	err := c.Jrun(context.Background(), "", "nobody", "nobody#01", false)
	if !errors.Is(err, jobs.ErrNoJob) || rdb.Exists(context.Background(), CommandsKey).Val() != 0 {
		t.Errorf("got %v, want no such job and nothing installed", err)
	}
}

func TestErrorsHaveTheirMeaning(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want error
	}{
		{"INVALID x", jobs.ErrInvalid},
		{"NOJOB x", jobs.ErrNoJob},
		{"NORUN x", jobs.ErrNoRun},
		{"NOAGENT x", jobs.ErrNoAgent},
		{"ACTIVE x", jobs.ErrActive},
		{"STALE x", jobs.ErrStale},
		{"FORMAT x", jobs.ErrFormat},
		{"WRONGTYPE x", jobs.ErrWrongType},
		{"ERR WRONGTYPE x", jobs.ErrWrongType},
	}
	rdb := redistest.Start(t).Client()
	for _, tt := range tests {
		err := rdb.Eval(context.Background(), "return redis.error_reply(ARGV[1])", nil, tt.text).Err()
		if got := Translate(err); !errors.Is(got, tt.want) || !strings.HasSuffix(got.Error(), ": x") {
			t.Errorf("%q: got %v, want %v", tt.text, got, tt.want)
		}
	}
	sources, err := Sources()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		for _, code := range strings.Fields(strings.ReplaceAll(s.Errors, ",", " ")) {
			if codes()[code] == nil {
				t.Errorf("%s may answer %s, which has no error of its own", s.Name, code)
			}
		}
		for part := range strings.SplitSeq(s.Text, "error_reply('") {
			code, _, _ := strings.Cut(part, " ")
			if codes()[code] != nil && !strings.Contains(s.Errors, code) {
				t.Errorf("%s answers %s, which its header does not name", s.Name, code)
			}
		}
	}
}
