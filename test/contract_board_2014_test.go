package test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/redistest"
)

func TestContractTheRawBoardOf2014IsServed(t *testing.T) {
	t.Parallel()
	const now = 1414140400 // after every start in the dump
	dump := readDump2014(t)
	redistest.Both(t, func(t *testing.T, rdb *redis.Client) {
		load2014(t, rdb)
		c := connect2014(t, rdb)
		runners, err := rdb.HKeys(t.Context(), c.registry()).Result()
		if err != nil || len(runners) != len(dump.Runners) {
			t.Fatalf("registry: got %v, %v, want the %d runners of the dump", runners, err, len(dump.Runners))
		}
		c.entries(t, c.queue("console")) // what 2014 had queued already
		runs := map[string]int{}
		tickAll := func(now int) {
			t.Helper()
			got := c.call("jtick", c.keysOf("jtick", runners...), now)
			pushed, ok := got.(int64)
			if !ok {
				t.Fatalf("JTICK %d: got %s, want an integer", now, shown(got))
			}
			entries := int64(0)
			for _, runner := range runners {
				for _, entry := range c.entries(t, c.queue(runner)) {
					entries++
					wantEntryOf(t, dump, runner, entry)
					runs[object(t, entry)["id"].(string)]++
				}
			}
			if entries != pushed {
				t.Errorf("JTICK %d answered %d and pushed %d", now, pushed, entries)
			}
		}
		tickAll(now)
		tickAll(now + 1)
		for id, job := range dump.Jobs {
			want := 1
			switch {
			case id == "half-made": // on the board, never scheduled
				want = 0
			case job.Interval != nil && *job.Interval <= 1:
				want = 2
			case job.Lambda != "" && job.Lambda != "1":
				want = 1 // its interval has grown to days
			case job.Interval != nil && (now+1-score2014(dump, id))%int(*job.Interval) == 0:
				want = 2 // its grid falls on the second tick
			}
			if runs[id] != want {
				t.Errorf("%s was queued %d times in two ticks, want %d", id, runs[id], want)
			}
		}
		c.wantScheduleOf(t, dump, now+1)
		before := runs["tick"]
		for later := now + 2; later <= now+60; later++ {
			tickAll(later)
		}
		if got := runs["tick"] - before; got != 12 && got != 11 {
			t.Errorf("tick, each 5 s, was queued %d times in 59 s", got)
		}
		c.wantOwnKeys(t)
	})
}

// score2014 answers the score a job has in board-2014.resp.
func score2014(dump dump2014, id string) int {
	if id == "raw" {
		return 1414139995 // made by hand, apart from its start
	}
	return int(dump.Jobs[id].Start)
}

func wantEntryOf(t *testing.T, dump dump2014, runner, entry string) {
	t.Helper()
	fields := object(t, entry)
	job, known := dump.Jobs[fields["id"].(string)]
	if !known {
		t.Errorf("queue of %s: an entry of no job of the dump: %s", runner, entry)
		return
	}
	if fields["payload"] != job.Payload || fields["runner"] != job.Runner || runner != job.Runner {
		t.Errorf("queue of %s: got %s, want payload %q of the runner %s", runner, entry, job.Payload, job.Runner)
	}
}

// wantScheduleOf looks that everything with an interval is scheduled after now
// and that what was broken is off the schedule or does no harm.
func (c *contractClient) wantScheduleOf(t *testing.T, dump dump2014, now float64) {
	t.Helper()
	for id, job := range dump.Jobs {
		if id == "half-made" {
			continue
		}
		if job.Interval == nil {
			gone(id)(t, c)
			continue
		}
		if job.Stop != "" && job.Stop != "+inf" {
			neverStuck(id, now)(t, c) // it may leave with its last run
			continue
		}
		scoreWithin(id, now, now+86400*40)(t, c)
	}
	unscheduled("ghost")(t, c)
}
