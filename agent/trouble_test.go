package agent

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// reply is an error reply of Redis.
type reply string

func (r reply) Error() string { return string(r) }
func (reply) RedisError()     {}

var (
	gone = scripts.Translate(io.EOF)
	full = scripts.Translate(reply("OOM command not allowed when used memory > 'maxmemory'."))
)

// watched runs a test in virtual time with the troubles of an agent and what they log.
func watched(t *testing.T, test func(tr *troubles, lines func() []string)) {
	t.Helper()
	synctest.Test(t, func(*testing.T) {
		core, logs := observer.New(zap.DebugLevel)
		test(newTroubles("redis://h:1", zap.New(core)), func() []string {
			var lines []string
			for _, e := range logs.TakeAll() {
				lines = append(lines, e.Level.String()+" "+e.Message)
				if e.ContextMap()["redis"] != "redis://h:1" {
					lines = append(lines, "(which does not say where)")
				}
			}
			return lines
		})
	})
}

func wantLines(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	ok := len(got) == len(want)
	for i := 0; ok && i < len(want); i++ {
		ok = strings.HasPrefix(got[i], want[i])
	}
	if !ok {
		t.Errorf("%s:\ngot  %q\nwant %q", what, got, want)
	}
}

func TestATroubleIsToldOnceForAllPartsAndOnceWhenItIsOver(t *testing.T) {
	t.Parallel()
	watched(t, func(tr *troubles, lines func() []string) {
		for _, part := range []string{"heartbeat", "worker", "ticker"} {
			tr.tell(part, nil)
		}
		wantLines(t, "while all is well", lines())
		if why := tr.reason(); why != "" {
			t.Errorf("reason: got %q, want none", why)
		}
		for range 100 {
			for _, part := range []string{"heartbeat", "worker", "ticker"} {
				tr.tell(part, gone)
			}
			time.Sleep(500 * time.Millisecond)
		}
		wantLines(t, "50 s without Redis", lines(), "warn redis does not answer; running programs go on")
		if why := tr.reason(); !strings.HasPrefix(why, "redis does not answer (redis://h:1): redis is unreachable: EOF; see ") {
			t.Errorf("reason: got %q, want what, where, why and what to do", why)
		}
		tr.tell("heartbeat", nil)
		tr.tell("worker", nil)
		time.Sleep(2 * time.Second)
		tr.tell("worker", nil)
		wantLines(t, "the ticker has not reached it yet", lines())
		tr.tell("ticker", nil)
		wantLines(t, "all reach it", lines(), "info redis works again")
		if why := tr.reason(); why != "" {
			t.Errorf("reason: got %q, want none", why)
		}
	})
}

func TestAFurtherReasonIsToldAndALongTroubleIsRemindedOf(t *testing.T) {
	t.Parallel()
	watched(t, func(tr *troubles, lines func() []string) {
		loading := scripts.Translate(reply("LOADING Redis is loading the dataset in memory"))
		tr.tell("ticker", gone)
		time.Sleep(time.Second)
		for range 5 {
			for _, err := range []error{gone, loading, full, errors.New("jobs:queue:x is a string")} {
				tr.tell("ticker", err)
				time.Sleep(time.Second)
			}
		}
		wantLines(t, "four reasons, again and again", lines(), "warn redis does not answer;", "warn redis does not answer: it is loading its data;",
			"warn redis takes no writes: its memory is full; what waits and runs goes on", "warn redis refuses what the ticker asks;")
		for range 3600 {
			tr.tell("ticker", full)
			time.Sleep(time.Second)
		}
		wantLines(t, "an hour", lines(), "warn still: redis takes no writes", "warn still:", "warn still:", "warn still:", "warn still:", "warn still:")
	})
}

func TestTroublesThatComeAndGoFloodNoLog(t *testing.T) {
	t.Parallel()
	watched(t, func(tr *troubles, lines func() []string) {
		for range 600 {
			tr.tell("ticker", full)
			time.Sleep(time.Second)
			tr.tell("ticker", full)
			time.Sleep(time.Second)
			for range 4 {
				tr.tell("ticker", nil)
				time.Sleep(time.Second)
			}
		}
		if got := lines(); len(got) < 3 || len(got) > 30 {
			t.Errorf("an hour of troubles of 2 s each: got %d lines, want few", len(got))
		}
		time.Sleep(time.Hour)
		tr.tell("ticker", nil)
		lines()
		time.Sleep(time.Hour)
		tr.tell("ticker", gone)
		time.Sleep(time.Second)
		tr.tell("ticker", gone)
		time.Sleep(time.Second)
		tr.tell("ticker", nil)
		wantLines(t, "one after an hour of peace", lines(), "warn redis does not answer", "info redis works again")
	})
}

func TestWhatIsOverAtOnceIsNotTold(t *testing.T) {
	t.Parallel()
	watched(t, func(tr *troubles, lines func() []string) {
		for range 10 {
			for range 4 {
				tr.tell("election", gone)
				if tr.reason() == "" {
					t.Error("the agent says it is ready")
				}
				time.Sleep(100 * time.Millisecond)
			}
			tr.tell("election", nil)
			tr.tell("worker", nil)
			if why := tr.reason(); why != "" {
				t.Errorf("reason: got %q, want none", why)
			}
			time.Sleep(10 * time.Second)
		}
		wantLines(t, "ten times 0.4 s", lines())
	})
}

func TestAPartThatRestsDoesNotKeepATroubleUp(t *testing.T) {
	t.Parallel()
	watched(t, func(tr *troubles, lines func() []string) {
		tr.tell("doorbell", gone)
		time.Sleep(time.Second)
		tr.tell("doorbell", gone) // then all slots are busy, and nobody listens
		for range 30 {
			time.Sleep(time.Second)
			tr.tell("heartbeat", nil)
		}
		wantLines(t, "the others reach it", lines(), "warn redis does not answer", "info redis works again")
	})
}

func TestWhatIsNoTroubleOfRedisLeavesTheAgentReady(t *testing.T) {
	t.Parallel()
	watched(t, func(tr *troubles, _ func() []string) {
		tr.tell("worker", jobs.ErrWrongType)
		if why := tr.reason(); why != "" {
			t.Errorf("reason: got %q, want none", why)
		}
		tr.tell("worker", context.DeadlineExceeded)
		tr.tell("worker", full)
		if why := tr.reason(); !strings.Contains(why, "its memory is full") {
			t.Errorf("reason: got %q, want that the memory is full", why)
		}
	})
}
