package board_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

// raw is the client behind a board, for what other programs write.
func raw(b *board.Board) redis.UniversalClient { return b.Leases().Redis() }

func TestJobsWalksOverAllPages(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		const all = 3000
		var dump strings.Builder
		for i := range all {
			fmt.Fprintf(&dump, `,"job-%d":{"runner":"r","payload":"%d","start":4e9,"interval":60}`, i, i)
		}
		must[board.Loaded](t)(b.Load(t.Context(), strings.NewReader(`{"jobs":{`+dump.String()[1:]+`}}`), board.Loading{}))
		seen := map[string]bool{}
		for entry, err := range b.Jobs(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if entry.ID != "job-"+entry.Job.Payload || entry.Next.Unix() != 4e9 {
				t.Fatalf("got %+v, want its payload and next time", entry)
			}
			seen[entry.ID] = true
		}
		if len(seen) != all {
			t.Errorf("got %d jobs, want %d", len(seen), all)
		}
		for range b.Jobs(t.Context()) {
			break // ends the walk
		}
	})
}

func TestJobsShowsWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		raw(b).HSet(ctx, "jobs", "bad", "{bad", "odd", `{"runner":"r","retries":"many"}`)
		raw(b).ZAdd(ctx, "jobs:schedule", redis.Z{Score: 5, Member: "bad"})
		if _, err := b.Leases().Jfire(ctx, "10", 10, "", []string{"r"}); err != nil {
			t.Fatal(err)
		}
		bad := must[board.Entry](t)(b.Show(ctx, "bad"))
		if bad.Text != "{bad" || bad.Job.ID != "bad" || bad.Quarantine == "" {
			t.Errorf("text that is no JSON: got %+v, want it as it is, with the reason of its quarantine", bad)
		}
		odd := must[board.Entry](t)(b.Show(ctx, "odd"))
		if odd.Job.ID != "odd" || odd.Job.Runner != "r" || !odd.Next.IsZero() {
			t.Errorf("a job that is not scheduled: got %+v", odd)
		}
	})
}

func TestCount(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		empty := board.Count{Queued: map[string]int64{}}
		if diff := cmp.Diff(empty, must[board.Count](t)(b.Count(ctx))); diff != "" {
			t.Errorf("an empty board (-want +got):\n%s", diff)
		}
		states(t, b)
		must[time.Time](t)(b.Put(ctx, jobs.Job{ID: "a", Runner: "shell", Schedule: jobs.Schedule{Start: soon()}}))
		want := board.Count{
			Jobs: 1, Scheduled: 1, Runners: 2, Queued: map[string]int64{"r": 1, "shell": 0}, Running: 1, Retrying: 1, Dead: 1,
		}
		if diff := cmp.Diff(want, must[board.Count](t)(b.Count(ctx))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestTotals(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		states(t, b)
		got := must[map[string]int64](t)(b.Totals(t.Context()))
		want := map[string]int64{"queued": 7, "succeeded": 1, "failed": 1, "dead": 1, "cancelled": 1, "retrying": 3}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestAgentsAndTheirLeader(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		if leader, err := b.Leader(ctx); err != nil || leader != (board.Leader{}) {
			t.Errorf("before any: got %+v, %v, want nobody", leader, err)
		}
		if agents, err := b.Agents(ctx); err != nil || len(agents) != 0 {
			t.Errorf("before any: got %+v, %v, want none", agents, err)
		}
		for name, text := range map[string]string{
			"b": `{"host":"h","addr":"h:1","http":"h:2","version":"1","pid":7,"runners":["r"],"labels":{"k":"v"},"running":3,"started":1000.5}`,
			"a": `{"runners":[]}`,
		} {
			if _, err := b.Leases().Jbeat(ctx, name, text, time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		raw(b).HSet(ctx, "jobs:agents", "odd", "{bad")
		raw(b).Set(ctx, "jobs:leader", "secret", time.Minute)
		term := must[int64](t)(b.Leases().RaiseTerm(ctx, "jobs:leader", "secret", "b"))

		agents := must[[]board.Agent](t)(b.Agents(ctx))
		if len(agents) != 2 || agents[0].Name != "a" || agents[1].Name != "b" {
			t.Fatalf("got %+v, want a and b", agents)
		}
		for _, agent := range agents {
			if time.Since(agent.Seen).Abs() > time.Minute {
				t.Errorf("%s was seen at %v, want just now", agent.Name, agent.Seen)
			}
		}
		want := board.Agent{
			Name: "b", Host: "h", Addr: "h:1", HTTP: "h:2", Version: "1", PID: 7, Runners: []string{"r"}, Labels: map[string]string{"k": "v"},
			Running: 3, Started: time.UnixMilli(1000500).UTC(), Seen: agents[1].Seen, Leader: true, Term: term,
		}
		if diff := cmp.Diff(want, agents[1]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		leader := must[board.Leader](t)(b.Leader(ctx))
		if leader.Agent != "b" || leader.Term != term || !leader.Holds || time.Since(leader.Since).Abs() > time.Minute {
			t.Errorf("leader: got %+v, want b with term %d since just now", leader, term)
		}
		raw(b).Del(ctx, "jobs:leader")
		if leader := must[board.Leader](t)(b.Leader(ctx)); leader.Holds || leader.Agent != "b" {
			t.Errorf("after the lock is free: got %+v, want b that does not hold it", leader)
		}
	})
}
