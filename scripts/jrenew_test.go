package scripts

import (
	"fmt"
	"testing"
)

func TestJrenew(t *testing.T) {
	t.Parallel()
	renewed := func(want string, now float64, count int, since float64) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			same(t, "JRENEW", s.lane("jrenew", "w", "w", num(now), 4, count, num(since)), want)
		}
	}
	two := func(t *testing.T, s *stand) {
		t.Helper()
		put(1000, "a", 60, "")(t, s)
		put(1000, "b", 60, "")(t, s)
		fired("2 1060 0", 1, 1000)(t, s)
		taken("w", 1, 5, 1000, "a@1000000", "b@1000000")(t, s)
	}
	cancel := func(op int, now float64, target string) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			same(t, "JCANCEL", s.op("jcancel", op, num(now), target), "0")
		}
	}
	play(t, []scene{
		{"moves the lease", []step{two, renewed("[0 0]", 1003, 2, 1000), is("1007", "ZSCORE", "jobs:workers", "w")}},
		{"a lane that never took has none", []step{renewed("STALE", 1000, 0, 0), is("0", "EXISTS", "jobs:workers")}},
		{"a lane that was reaped has none", []step{two, watched(1000, 1008), renewed("STALE", 1008, 2, 1000), is("0", "EXISTS", "jobs:workers")}},
		{"a lease that is over but was not reaped goes on", []step{two, renewed("[0 0]", 1100, 2, 1000), is("1104", "ZSCORE", "jobs:workers", "w")}},
		{"another count: all tokens follow", []step{two, acked("w", 1, 1001, "a@1000000; succeeded"), func(t *testing.T, s *stand) {
			renewed(fmt.Sprintf("[1 0 %s]", s.keys["b@1000000"]), 1001, 2, 1000)(t, s)
			renewed("[0 0]", 1001, 1, 1000)(t, s)
		}}},
		{"cancels since the last renew come back", []step{
			two, cancel(1, 1001, "a"), cancel(2, 1002, "b@1000000.1"), renewed("[0 2 a 1001 b@1000000.1 1002]", 1003, 2, 1000), renewed("[0 1 b@1000000.1 1002]", 1003, 2, 1002), renewed("[0 0]", 1003, 2, 1002.5),
		}},
		{"what its worker does not know is lost, and the lease stays", []step{two, func(t *testing.T, s *stand) {
			t.Helper()
			for range 2 { // the answer may get lost
				same(t, "JRENEW", s.lane("jrenew", "w", "w", "1001", 4, 1, "1000", 3, s.keys["b@1000000"], "1:999:1:w"), "[0 0]")
			}
		}, queue("shell", "b@1000000 try:2 lost:1"), is("1005", "ZSCORE", "jobs:workers", "w"), stats("lost=1"), acked("w", 1, 1002, "a@1000000; succeeded"), is("-1", "TTL", "jobs:held:w")}},
		{"nobody loses without saying how often is too often", []step{two, func(t *testing.T, s *stand) {
			t.Helper()
			same(t, "JRENEW", s.lane("jrenew", "w", "w", "1001", 4, 2, "1000", "x", s.keys["b@1000000"]), "INVALID")
		}, stats("lost=")}},
		{"cancels and tokens together", []step{two, cancel(1, 1001, "a"), acked("w", 1, 1001, "a@1000000; cancelled"), func(t *testing.T, s *stand) {
			renewed(fmt.Sprintf("[1 1 a 1001 %s]", s.keys["b@1000000"]), 1001, 2, 1000)(t, s)
		}}},
	})
}

func TestJleave(t *testing.T) {
	t.Parallel()
	left := func(want string) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			same(t, "JLEAVE", s.lane("jleave", "w", "w"), want)
		}
	}
	play(t, []scene{
		{"a lane that was never there", []step{left("1")}},
		{"a lane that holds nothing is gone, and what it did last is known for a minute", []step{
			put(1000, "a", 60, ""), fired("1 1060 0", 1, 1000), taken("w", 1, 5, 1000, "a@1000000"), acked("w", 1, 1001, "a@1000000; succeeded"), left("1"), is("0", "EXISTS", "jobs:workers"), is("1", "EXISTS", "jobs:held:w"), left("1"),
		}},
		{"a lane that holds a run stays until its lease ends", []step{
			put(1000, "a", 60, ""), fired("1 1060 0", 1, 1000), taken("w", 1, 5, 1000, "a@1000000"), left("0"), is("1004", "ZSCORE", "jobs:workers", "w"), watched(1000, 1004), queue("shell", "a@1000000 try:2 lost:1"), left("1"),
		}},
	})
}
