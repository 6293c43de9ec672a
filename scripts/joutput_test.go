package scripts

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// printing is a JOUTPUT of one attempt that lane w holds; want is what it answers.
func printing(want, run string, offset int, text, progress string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		same(t, fmt.Sprintf("JOUTPUT of %d bytes at %d", len(text), offset),
			s.lane("joutput", "w", s.keys[run], s.ids[run], offset, text, progress), want)
	}
}

// shown looks at what stands in the stream of a run: "bytes text" for each piece.
func shown(run string, want ...string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		messages, err := s.rdb.XRange(context.Background(), s.k.Printed(s.ids[run]), "-", "+").Result()
		s.must(t, err)
		got := []string{}
		for _, m := range messages {
			text, ok := m.Values[s.keys[run]].(string)
			if !ok {
				t.Errorf("piece %v: want it to bear the token %s", m, s.keys[run])
			}
			got = append(got, fmt.Sprint(ParsePosition(m.ID).Bytes, " ", text))
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("output of %s: got %q, want %q", run, got, want)
		}
	}
}

func TestJoutput(t *testing.T) {
	t.Parallel()
	const a = "a@1000000"
	started := func(t *testing.T, s *stand) {
		t.Helper()
		put(1000, "a", 60, `{"retries":1,"backoff_delay":5,"backoff_jitter":0}`)(t, s)
		fired("1 1060 0", 1, 1000)(t, s)
		taken("w", 1, 5, 1000, a)(t, s)
	}
	silent := func(t *testing.T, s *stand) {
		t.Helper()
		is("0", "EXISTS", "jobs:live", s.k.Printed(s.ids[a]))(t, s)
	}
	stale := func(t *testing.T, s *stand) {
		t.Helper()
		same(t, "JOUTPUT", s.lane("joutput", "w", s.keys[a], s.ids[a], 0, "late", "99 late"), "["+s.keys[a]+"]")
	}
	play(t, []scene{
		{"pieces follow each other, bytes as they are", []step{
			started, printing("[]", a, 0, "one\n\x00\xff", ""), printing("[]", a, 6, "two", "40 uploading"),
			shown(a, "6 one\n\x00\xff", "9 two"), func(t *testing.T, s *stand) { is("40 uploading", "HGET", "jobs:progress", s.ids[a])(t, s) },
		}},
		{"the same again adds nothing", []step{started, printing("[]", a, 0, "one", ""), printing("[]", a, 0, "one", ""), shown(a, "3 one")}},
		{"a piece that begins with what is known adds the rest", []step{started, printing("[]", a, 0, "one", ""), printing("[]", a, 1, "netwo", ""), shown(a, "3 one", "6 two")}},
		{"an old piece adds nothing", []step{started, printing("[]", a, 0, "onetwo", ""), printing("[]", a, 0, "one", ""), shown(a, "6 onetwo")}},
		{"what was skipped is a gap", []step{started, printing("[]", a, 0, "one", ""), printing("[]", a, 1000, "two", ""), shown(a, "3 one", "1003 two")}},
		{"progress alone makes no piece", []step{started, printing("[]", a, 0, "", "half"), silent, is("1", "HLEN", "jobs:progress")}},
		{"an attempt that ends takes it along", []step{started, printing("[]", a, 0, "one", "half"), acked("w", 1, 1001, a+"; succeeded"), silent, is("0", "EXISTS", "jobs:progress"), stale, silent}},
		{"so does one that is retried, given back, or ended by JACK", []step{
			started, printing("[]", a, 0, "one", ""), acked("w", 1, 1001, a+"; failed 1"), silent, stale, watched(1002, 1006),
			taken("w", 2, 1, 1006, a+" try:2"), printing("[]", a, 0, "again", ""), shown(a, "5 again"), acked("w", 2, 1007, a+"; queued"), silent, stale,
			taken("w", 3, 1, 1008, a+" try:2"), printing("[]", a, 0, "once more", ""), func(t *testing.T, s *stand) {
				same(t, "JACK", s.lane("jack", "w", 1009, s.ids[a], s.keys[a], "0", ""), "succeeded")
			}, silent,
		}},
		{"a lost lease takes it along, and what comes late is refused", []step{
			started, printing("[]", a, 0, "one", "half"), watched(1001, 1010), silent, stale, silent, is("0", "EXISTS", "jobs:progress"),
			func(t *testing.T, s *stand) { // the run is somebody else's: the old token adds nothing to the new attempt
				old := s.keys[a]
				taken("v", 1, 1, 1011, a+" try:2 lost:1")(t, s)
				same(t, "JOUTPUT of the new", s.lane("joutput", "v", s.keys[a], s.ids[a], 0, "new", ""), "[]")
				same(t, "JOUTPUT of the old", s.lane("joutput", "w", old, s.ids[a], 3, "old", ""), "["+old+"]")
			}, shown(a, "3 new"),
		}},
		{"only its own run's output is taken", []step{started, func(t *testing.T, s *stand) {
			same(t, "JOUTPUT", s.lane("joutput", "w", s.keys[a], "b@1000000.1", 0, "x", ""), "["+s.keys[a]+"]")
			is("0", "EXISTS", "jobs:live", "jobs:live:b@1000000.1")(t, s)
		}}},
		{"a flood keeps its last 128 KiB", []step{started, func(t *testing.T, s *stand) {
			for i := range 100 {
				printing("[]", a, i*16<<10, strings.Repeat("x", 16<<10), "")(t, s)
			}
			kept, err := s.rdb.XRange(context.Background(), s.k.Printed(s.ids[a]), "-", "+").Result()
			s.must(t, err)
			size := 0
			for _, m := range kept {
				size += len(m.Values[s.keys[a]].(string))
			}
			if last := ParsePosition(kept[len(kept)-1].ID).Bytes; last != 1600<<10 || size < 128<<10 || size > 160<<10 {
				t.Errorf("got %d bytes up to %d, want about the last %d up to %d", size, last, 128<<10, 1600<<10)
			}
		}}},
		{"a stream that somebody has put ahead stops nothing", []step{started, func(t *testing.T, s *stand) {
			s.must(t, s.rdb.XAdd(context.Background(), &redis.XAddArgs{Stream: s.k.Printed(s.ids[a]), ID: "999999-1", Values: []string{"x", "y"}}).Err())
		}, printing("[]", a, 0, "one", ""), acked("w", 1, 1001, a+"; succeeded")}},
	})
}
