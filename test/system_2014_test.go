package test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/redistest"
)

// agent2014 starts an agent for the runner types of the data of 2014. Its fetch
// prints the run as it was given it.
func (h *host) agent2014() {
	h.t.Helper()
	h.start("agent", "--name", "one", "--runner", "shell", "--runner", "console", "--runner", "fetch=cat")
}

// ranOnce answers the first run of a job and its output once it has ended.
func ranOnce(t *testing.T, b *board.Board, id string) (jobs.Run, string) {
	t.Helper()
	var first jobs.Run
	eventually(t, "a run of "+id+" ends", func() bool {
		runs, err := b.Runs(t.Context(), board.RunFilter{Job: id, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		if len(runs) == 0 {
			return false
		}
		first = runs[len(runs)-1]
		return first.State.Ended()
	})
	output, _, err := b.Output(t.Context(), jobs.RunID(first.ID))
	if err != nil {
		t.Fatal(err)
	}
	return first, output
}

// wantServed looks that each job of the dump but the unserved has run, and that
// its payload reached the runner byte for byte.
func wantServed(t *testing.T, url string, dump dump2014, unserved ...string) {
	t.Helper()
	b := openBoard(t, url)
	skip := map[string]bool{}
	for _, id := range unserved {
		skip[id] = true
	}
	for id, job := range dump.Jobs {
		if skip[id] {
			continue
		}
		run, output := ranOnce(t, b, id)
		if run.State != jobs.Succeeded || run.Runner != job.Runner {
			t.Errorf("job %s: got %+v, want it succeeded on %s", id, run, job.Runner)
		}
		got := output
		if job.Runner == "fetch" {
			var given struct{ Payload string }
			if err := json.Unmarshal([]byte(output), &given); err != nil {
				t.Errorf("job %s: the runner was given %q: %v", id, output, err)
			}
			got = given.Payload + "\n"
		}
		if job.Runner != "shell" && got != job.Payload+"\n" {
			t.Errorf("job %s: the runner was given %q, want %q", id, got, job.Payload)
		}
	}
	for _, id := range unserved {
		if runs, err := b.Runs(t.Context(), board.RunFilter{Job: id}); err != nil || len(runs) > 0 {
			t.Errorf("job %s: got runs %v, %v, want none", id, runs, err)
		}
	}
}

// wantOn2014 looks at the board once the old runs are caught up with: what repeats
// stays and is scheduled ahead, what ended in 2014 or ran once is gone.
func wantOn2014(t *testing.T, h *host, dump dump2014, others map[string]string) {
	t.Helper()
	listed := h.jobs()
	for id, job := range dump.Jobs {
		got, ok := listed[id]
		ended := job.Interval == nil || job.Stop != "" && job.Stop != "+inf"
		switch {
		case others[id] != "":
		case ended && ok:
			t.Errorf("job %s: got %+v on the board, want it gone", id, got)
		case !ended && got.State != "scheduled" && got.State != "due":
			t.Errorf("job %s: got %+v, want it scheduled", id, got)
		case !ended && got.Payload != job.Payload:
			t.Errorf("job %s: got payload %q, want %q", id, got.Payload, job.Payload)
		}
	}
	for id, state := range others {
		if got := listed[id]; got.State != state {
			t.Errorf("job %s: got %+v, want it %s", id, got, state)
		}
	}
	for id := range listed {
		if _, ok := dump.Jobs[id]; !ok && others[id] == "" {
			t.Errorf("job %s came from nowhere", id)
		}
	}
}

func TestSystemADumpOf2014IsTakenOverAndFires(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.TCP())
	h, dump := newHost(t, server.URL()), readDump2014(t)
	var loaded struct{ Jobs, Runners, Passed int }
	h.read(&loaded, "load", repositoryFile(t, "testdata/2014/board-2014.json"))
	if loaded.Jobs != len(dump.Jobs) || loaded.Runners != len(dump.Runners) || loaded.Passed != 0 {
		t.Errorf("load: got %+v, want %d jobs and %d runners", loaded, len(dump.Jobs), len(dump.Runners))
	}
	begin := time.Now()
	h.agent2014()
	// These two have no usable start, so theirs is now, and their stop has passed.
	wantServed(t, server.URL(), dump, "half-made", "readme-example")
	t.Logf("measured: all jobs of the dump had run %v after the agent was started", time.Since(begin).Round(time.Millisecond))
	wantOn2014(t, h, dump, nil)
}

func TestSystemTheRawBoardOf2014IsServed(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, redistest.TCP())
	h, dump, rdb := newHost(t, server.URL()), readDump2014(t), server.Client()
	load2014(t, rdb)
	waiting := rdb.LLen(t.Context(), "jobs:queue:console").Val()
	h.ok("init")
	h.agent2014()
	wantServed(t, server.URL(), dump, "half-made")
	wantOn2014(t, h, dump, map[string]string{"half-made": "unscheduled", "not-json": "quarantined"})
	if waiting == 0 {
		t.Error("the data of 2014 has no queued entries")
	}
	eventually(t, "what 2014 had queued is off the queue", func() bool { return rdb.LLen(t.Context(), "jobs:queue:console").Val() == 0 })
	if err := rdb.ZScore(t.Context(), "jobs:schedule", "ghost").Err(); err == nil {
		t.Error("the ghost is still on the schedule")
	}
}
