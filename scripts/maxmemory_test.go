package scripts

import (
	"context"
	"errors"
	"maps"
	"testing"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/internal/redistest"
)

// full sets a limit to memory that is exceeded already.
func full(t *testing.T, s *stand) { does("CONFIG", "SET", "maxmemory", "1")(t, s) }

// What goes on does so in the only place that may fail: its first write.
func TestAtMaxmemoryWhatRunsGoesOn(t *testing.T) {
	t.Parallel()
	s := newStand(t, redistest.Start(t, redistest.Args("--maxmemory-policy", "noeviction")).Client())
	const retried = `{"retries":1,"backoff_delay":1,"backoff_jitter":0,"overlap":"forbid"}`
	started := func(fields string) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			put(1000, "a", 6000, fields)(t, s)
			fired("1 7000 0", 1, 1000)(t, s)
			watched(1000, 1000)(t, s)
			taken("w", 1, 5, 1000, "a@1000000")(t, s)
		}
	}
	jack := func(want string, what int) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			same(t, "JACK", s.call("jack", s.c.prefixed(), 1001, s.ids["a@1000000"], s.keys["a@1000000"], what, "x"), want)
		}
	}
	calls := func(want, name string, keys []string, args ...any) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			same(t, name, s.call(name, keys, args...), want)
		}
	}
	held := s.c.prefixed(s.k.Held("w"))
	for _, scene := range []scene{
		{"a take", []step{put(1000, "a", 6000, retried), fired("1 7000 0", 1, 1000), full, taken("w", 1, 5, 1000, "a@1000000")}},
		{"a take that is sent again", []step{started(""), full, taken("w", 1, 5, 1003, "a@1000000"), is("1007", "ZSCORE", "jobs:workers", "w")}},
		{"a removal with an operation", []step{started(""), full, calls("1", "jdel", []string{"jobs", "jobs:schedule", s.k.Op("p")}, "a", 1), is("1", "LLEN", "jobs:was:a")}},
		{"a take that finds nothing, and one that wants nothing", []step{full, taken("w", 1, 5, 1000), calls("[]", "jtake", append(held, s.k.Queue("shell"), s.k.Bell("shell")), "w", 2, 0, 1000, 4)}},
		{"a take of an entry that was pushed by hand", []step{pushed("shell", `{"id":"x","runner":"shell"}`), full, taken("w", 1, 5, 1000, "x#")}},
		{"an ack", []step{started(""), full, acked("w", 1, 1001, "a@1000000; succeeded"), ended("a", "a@1000000 succeeded")}},
		{"an ack of a failure that is retried", []step{started(retried), full, acked("w", 1, 1001, "a@1000000; failed 1"), waits("a@1000000 1002")}},
		{"a run given back", []step{started(""), full, acked("w", 1, 1001, "a@1000000; queued"), queue("shell", "a@1000000 try:1")}},
		{"a stale ack is refused, not kept waiting", []step{started(""), watched(1000, 1008), full, refused("w", 1, 1009, "a@1000000; succeeded")}},
		{"an ack by JACK", []step{started(""), full, jack("succeeded", 0)}},
		{"a failure by JACK", []step{started(retried), full, jack("retrying", 1)}},
		{"a status update by JACK", []step{started(""), full, jack("running", 2), is("1005", "ZSCORE", "jobs:workers", "w")}},
		{"an ack of what a plain consumer took", []step{full, calls("succeeded", "jack", s.c.prefixed(), 1001, "x#01", "", 0, "")}},
		{"a renew", []step{started(""), full, calls("[0 0]", "jrenew", held, "w", 1003, 4, 1, 1000), is("1007", "ZSCORE", "jobs:workers", "w")}},
		{"a reap of a lost run", []step{started(""), full, watched(1001, 1004), queue("shell", "a@1000000 try:2 lost:1")}},
		{"a retry whose time has come", []step{started(retried), acked("w", 1, 1001, "a@1000000; failed 1"), full, reaped("[0 1 0]", 9, 1002), queue("shell", "a@1000000 try:2")}},
		{"a cancel", []step{started(""), full, calls("0", "jcancel", s.c.prefixed(s.k.Op("c")), 1, 1001, "a"), is("1", "ZCARD", "jobs:cancel")}},
		{"a removal", []step{started(""), full, calls("1", "jdel", []string{"jobs", "jobs:schedule"}, "a")}},
		{"a trim", []step{pushed("shell", `{"id":"x","runner":"shell"}`), full, calls("1", "jtrim", []string{"jobs:queue:shell"}, 0)}},
		{"a heartbeat", []step{full, calls("[1 0]", "jbeat", s.c.prefixed(s.k.FormatKey()), 1000, "one", `{"host":"h"}`, 1, 3600)}},
		{"the end of a lane", []step{taken("w", 1, 5, 1000), full, calls("1", "jleave", held, "w")}},
	} {
		t.Run(scene.name, func(t *testing.T) {
			does("CONFIG", "SET", "maxmemory", "0")(t, s)
			s.reset(t)
			for i, step := range scene.steps {
				step(t, s)
				if t.Failed() {
					t.Fatalf("at step %d of %d", i+1, len(scene.steps))
				}
			}
		})
	}
}

func TestAtMaxmemoryNothingNewIsQueuedAndNothingIsHalfWritten(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStand(t, redistest.Start(t, redistest.Args("--maxmemory-policy", "noeviction")).Client())
	put(1000, "a", 60, forbid)(t, s)
	put(1000, "b", 0, "")(t, s)
	full(t, s)
	before := s.dump(t)
	for name, call := range map[string]func() error{
		"JSET":  func() error { return s.c.Jset(ctx, Definition{ID: "c", Runner: "shell", Interval: "1"}) },
		"JLOAD": func() error { _, err := s.c.Jload(ctx, "", false, []Metadata{{"c", `{"runner":"shell"}`}}); return err },
		"JPUSH": func() error {
			_, err := s.c.Jpush(ctx, "", Push{Runner: "shell", Entries: []Entry{{"shell#01", `{"id":"x","runner":"shell"}`}}})
			return err
		},
		"JRUN":      func() error { return s.c.Jrun(ctx, "", "a", "a#01", true) },
		"JFIRE":     func() error { _, err := s.c.Jfire(ctx, "", 10, "", []string{"shell"}); return err },
		"JTICK":     func() error { _, err := s.c.Jtick(ctx, "2000", 10, "shell"); return err },
		"JREGISTER": func() error { _, err := s.c.Jregister(ctx, "mail", "x"); return err },
	} {
		err := call()
		if trouble, _ := TroubleOf(err); !errors.Is(err, jobs.ErrNotWritable) || trouble.Kind != "memory" {
			t.Errorf("%s: got %v, want that the memory is full", name, err)
		}
		if after := s.dump(t); !maps.Equal(before, after) {
			t.Errorf("%s: the board has changed:\ngot  %v\nwant %v", name, after, before)
		}
	}
	does("CONFIG", "SET", "maxmemory", "0")(t, s)
	fired("2 1060 0", 1, 1000)(t, s)
}

// After a restart Redis knows no scripts, and a full one takes no hash `commands`.
func TestAtMaxmemoryForgottenCommandsAreLoadedAgain(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newStand(t, redistest.Start(t, redistest.Args("--maxmemory-policy", "noeviction")).Client())
	does("DEL", CommandsKey)(t, s)
	full(t, s)
	for _, call := range []func() error{
		func() error { _, err := s.c.Jleave(ctx, "w"); return err },
		func() error {
			_, err := s.c.Exchange(ctx, jobs.Acks{Lane: "w"}, &jobs.Take{Lane: "w", Op: 1, Want: 1, Lease: 1e9, Runners: []string{"shell"}})
			return err
		},
	} {
		if err := s.rdb.ScriptFlush(ctx).Err(); err != nil {
			t.Fatal(err)
		}
		if err := call(); err != nil {
			t.Errorf("got %v, want that it passes", err)
		}
	}
	if err := s.c.Install(ctx); !errors.Is(err, jobs.ErrNotWritable) {
		t.Errorf("install: got %v, want why it cannot write", err)
	}
}
