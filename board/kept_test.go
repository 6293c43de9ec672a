package board_test

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

func TestTheOutputOfAnAttemptThatWillBeRetriedIsKept(t *testing.T) {
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		run, err := b.Enqueue(ctx, board.OneOff{Runner: "shell", Payload: "x", Retries: 1, Backoff: jobs.Backoff{Delay: time.Hour}})
		if err != nil {
			t.Fatal(err)
		}
		for i, output := range []string{"first words", ""} {
			got, err := b.Leases().Exchange(ctx, jobs.Acks{}, &jobs.Take{Lane: "w.r.1", Op: int64(i + 1), Want: 1, Lease: time.Minute, Runners: []string{"shell"}})
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range got.Taken {
				end := jobs.End{Run: a.Run, Token: a.Token, State: jobs.Failed, Finished: time.Now(), Output: output}
				if _, err := b.Leases().Exchange(ctx, jobs.Acks{Lane: "w.r.1", Op: int64(i + 1), Ends: []jobs.End{end}}, nil); err != nil {
					t.Fatal(err)
				}
			}
		}
		if found, err := b.FindRun(ctx, run); err != nil || found.State != jobs.Retrying {
			t.Errorf("got %+v, %v, want it to wait for its retry", found, err)
		}
		if text, ok, err := b.Output(ctx, run); text != "first words" || !ok || err != nil {
			t.Errorf("got %q, %v, %v, want the words of the failed attempt", text, ok, err)
		}
		if totals, err := b.Leases().Redis().HGet(ctx, "jobs:stats", "output_bytes").Result(); totals != "11" || err != nil {
			t.Errorf("output_bytes: got %s, %v, want 11", totals, err)
		}
	})
}

func TestJobsThatHaveEndedAreLeftOutWhenLoadedFromNow(t *testing.T) {
	const dump = `{"jobs": {
		"over":  {"runner": "shell", "interval": 60, "start": 1000, "stop": "2000"},
		"rare":  {"runner": "shell", "interval": 3000000000, "start": 1000, "stop": "2900000000"},
		"going": {"runner": "shell", "interval": 60, "start": 1000}
	}}`
	both(t, func(t *testing.T, b *board.Board) {
		loaded, err := b.Load(t.Context(), strings.NewReader(dump), board.Loading{FromNow: true})
		if err != nil || loaded.Jobs != 1 || loaded.Ended != 2 {
			t.Errorf("got %+v, %v, want one job and two that have ended", loaded, err)
		}
		if count, err := b.Count(t.Context()); err != nil || count.Jobs != 1 || count.Scheduled != 1 {
			t.Errorf("got %+v, %v, want one job", count, err)
		}
	})
}

func TestADeadRunIsFoundAsDeadAfterHistoryHasForgottenIt(t *testing.T) {
	both(t, func(t *testing.T, b *board.Board) {
		ctx, rdb := t.Context(), b.Leases().Redis()
		for where, want := range map[string]jobs.State{"dead": jobs.Dead, "retry": jobs.Retrying} {
			id := "shell#01" + map[string]string{"dead": "a", "retry": "b"}[where]
			entry := `{"run":"` + id + `","seq":1,"queued":1000.000,"id":"shell","runner":"shell","payload":"x"}`
			if err := rdb.HSet(ctx, "jobs:parked", id, entry).Err(); err != nil {
				t.Fatal(err)
			}
			if err := rdb.ZAdd(ctx, "jobs:"+where, redis.Z{Score: 1000, Member: id}).Err(); err != nil {
				t.Fatal(err)
			}
			if found, err := b.FindRun(ctx, jobs.RunID(id)); err != nil || found.State != want {
				t.Errorf("parked in %s: got %+v, %v, want %s", where, found, err, want)
			}
		}
	})
}
