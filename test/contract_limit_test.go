package test

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// manyDue puts n jobs of a runner on the board by hand, due at score and after.
func manyDue(prefix, runner string, n int, score float64) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		texts, members := make([]any, 0, 2*n), make([]redis.Z, 0, n)
		for i := range n {
			id := fmt.Sprintf("%s-%05d", prefix, i)
			texts = append(texts, id, `{"id":"`+id+`","runner":"`+runner+`","payload":"p","interval":1000000,"start":0}`)
			members = append(members, redis.Z{Member: id, Score: score + float64(i)/1000})
		}
		if err := c.rdb.HSet(t.Context(), c.board, texts...).Err(); err != nil {
			t.Fatal(err)
		}
		if err := c.rdb.ZAdd(t.Context(), c.schedule(), members...).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// inOrder empties the queue of a runner and wants n entries in order of id.
func inOrder(runner string, n int) step {
	return func(t *testing.T, c *contractClient) {
		t.Helper()
		entries, last := c.entries(t, c.queue(runner)), ""
		if len(entries) != n {
			t.Errorf("queue of %s: got %d entries, want %d", runner, len(entries), n)
		}
		for _, entry := range entries {
			id := object(t, entry)["id"].(string)
			if id <= last {
				t.Fatalf("queue of %s: %s comes after %s", runner, id, last)
			}
			last = id
		}
	}
}

// Fix 19.
func TestContractJTICKWithALimit(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"leaves the rest due, first in first out over the calls", []step{
			manyDue("a", "shell", 7, 1000),
			tickLimit(3, 2000, 3), score("a-00003", 1000.003), tickLimit(3, 2000, 3), tickLimit(1, 2000, 3), tickLimit(0, 2000, 3),
			inOrder("shell", 7),
		}},
		{"a limit of what is due", []step{manyDue("a", "shell", 3, 1000), tickLimit(3, 2000, 3), tickLimit(0, 2000, 3)}},
		{"a limit over what is due", []step{manyDue("a", "shell", 3, 1000), tickLimit(3, 2000, 1000000)}},
		{"one entry a job and call", []step{put(1000, "a", "shell", "p", 1), tickLimit(1, 5000, 100), taken("shell", "a")}},
		{"jobs of an unserved type at the head do not starve the served", []step{
			manyDue("m", "mail", 50, 1000), manyDue("s", "shell", 4, 1500), tickLimit(2, 2000, 2), tickLimit(2, 2000, 2), tickLimit(0, 2000, 2), inOrder("shell", 4),
			tickLimit(2, 2000, 2, "mail"), score("m-00002", 1000.002),
		}},
		{"nor when they lie between", []step{
			manyDue("s", "shell", 2, 900), manyDue("m", "mail", 50, 1000), manyDue("t", "shell", 2, 1500), tickLimit(3, 2000, 3), tickLimit(1, 2000, 3), inOrder("shell", 4),
		}},
		{"several types share it in order of time", []step{
			manyDue("a", "shell", 2, 1000), manyDue("b", "mail", 2, 1001), tickLimit(3, 2000, 3, "shell", "mail"), inOrder("shell", 2), inOrder("mail", 1),
		}},
	})
}

func TestContractJTICKWithoutALimitTakesTenThousand(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"and leaves the rest due", []step{
			manyDue("a", "shell", 10003, 1000), tick(10000, 2000), tick(3, 2000), tick(0, 2000), inOrder("shell", 10003),
		}},
		{"past any number of an unserved type", []step{
			manyDue("m", "mail", 10500, 1000), manyDue("s", "shell", 3, 1900), tick(3, 2000), inOrder("shell", 3), score("m-00000", 1000),
		}},
	})
}

// A small limit must not make small pages: paging by one past thousands of an
// unserved type walks the schedule again for each, and Redis stands still.
func TestContractJTICKPagesPastAnUnservedTypeInFewSteps(t *testing.T) {
	t.Parallel()
	c := connect2014(t, redistest.Start(t).Client())
	manyDue("m", "mail", 21000, 1000)(t, c)
	put(1900, "s", "shell", "p", 60)(t, c)
	if err := c.rdb.ConfigResetStat(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	tickLimit(1, 1900, 1)(t, c)
	taken("shell", "s")(t, c)
	stats := c.rdb.Info(t.Context(), "commandstats").Val()
	calls := regexp.MustCompile(`cmdstat_zrange\w*:calls=(\d+)`).FindStringSubmatch(stats)
	if calls == nil {
		t.Fatalf("no ZRANGE in the statistics of commands:\n%s", stats)
	}
	if n, err := strconv.Atoi(calls[1]); err != nil || n > 420 {
		t.Errorf("one JTICK with limit 1 read %s pages, want at most 420 for 21,001 due jobs", calls[1])
	}
}
