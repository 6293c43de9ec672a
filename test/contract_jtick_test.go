package test

import (
	"fmt"
	"strconv"
	"sync"
	"testing"
)

func TestContractJTICKQueuesWhatIsDue(t *testing.T) {
	t.Parallel()
	due := func(id string, score float64) step { return byHand(id, hand(id, `"interval":60,"start":1000`), score) }
	play(t, []scene{
		{"by score, then by id, first in first out", []step{
			due("c", 1000), due("b", 1000), due("a", 1001), due("z", 999), due("B", 1000), due("é", 1000), due("later", 1003),
			tick(6, 1002), taken("shell", "z", "B", "b", "c", "é", "a"),
		}},
		{"oldest at the tail over several ticks", []step{
			due("a", 1000), due("b", 1001), tick(1, 1000), tick(1, 1001), tick(1, 1060), taken("shell", "a", "b", "a"),
		}},
		{"the same now twice pushes once", []step{due("a", 1000), tick(1, 1000), unchanged(tick(0, 1000)), taken("shell", "a")}},
		{"an older now pushes nothing", []step{due("a", 1000), tick(1, 1000), unchanged(tick(0, 900), tick(0, 1059))}},
		{"with a fractional now", []step{due("a", 1000.5), tick(0, "1000.4"), tick(1, "1000.5"), score("a", 1060.5)}},
		{"one entry however late", []step{due("a", 1000), tick(1, 100000), taken("shell", "a"), tick(0, 100000)}},
		{"jobs of runners not named stay due, unchanged", []step{
			due("a", 1000), put(1000, "m", "mail", "p", 60), unchanged(tick(0, 1000, "http")), tick(1, 1000, "mail"), score("a", 1000), taken("mail", "m"), tick(1, 1000),
		}},
		{"without queues nothing and 0", []step{due("a", 1000), unchanged(func(t *testing.T, c *contractClient) {
			t.Helper()
			wantReply(t, "JTICK without queues", c.call("jtick", []string{c.board, c.schedule()}, 2000), 0)
		})}},
		{"on an empty board 0", []step{unchanged(tick(0, 1000, "shell", "http"))}},
		{"a job that is not scheduled is not pushed", []step{onBoard("a", hand("a", `"interval":60,"start":1`)), unchanged(tick(0, 1000))}},
		{"a job of an empty payload", []step{put(1000, "a", "shell", "", 60), tick(1, 1000), taken("shell", "a")}},
		{"only its now counts, not the server's clock", []step{put(99999999999, "a", "shell", "p", 60), tick(0, 99999999998), tick(1, 99999999999), score("a", 100000000059)}},
	})
}

func TestContractJTICKAndStop(t *testing.T) {
	t.Parallel()
	play(t, []scene{
		{"a run at stop is delivered after stop, then the job is gone", []step{
			byHand("a", hand("a", `"interval":60,"start":0,"stop":"0"`), 0), tick(1, 1000), gone("a"), taken("shell", "a"),
		}},
		{"a run before stop is delivered after stop", []step{
			put(100, "a", "shell", "p", 10, 100, 125), tick(1, 1000), gone("a"), taken("shell", "a"), tick(0, 1001),
		}},
		{"no run after stop (bug 2)", []step{
			put(100, "a", "shell", "p", 10, 100, 125), tick(1, 100), tick(1, 110), tick(1, 120), tick(0, 130), gone("a"), taken("shell", "a", "a", "a"),
		}},
		{"a run after stop that is due is removed, not pushed (bug 2)", []step{
			byHand("a", hand("a", `"interval":10,"start":100,"stop":"125"`), 130), tick(0, 130), gone("a"), taken("shell"),
		}},
		{"a number as stop", []step{
			byHand("a", hand("a", `"interval":10,"start":100,"stop":125.0`), 130), tick(0, 130), gone("a"),
		}},
		{"a start after stop never runs", []step{put(0, "a", "shell", "p", 10, 100, 50), tick(0, 99), tick(0, 100), gone("a")}},
		{"a stop between two runs", []step{put(100, "a", "shell", "p", 10, 100, 105), tick(1, 100), tick(0, 110), gone("a"), taken("shell", "a")}},
		{"at stop the last run is pushed", []step{put(100, "a", "shell", "p", 10, 100, 110), tick(1, 100), tick(1, 110), tick(0, 120), gone("a"), taken("shell", "a", "a")}},
	})
}

func TestContractJTICKServesTheRunnerOfAQueueName(t *testing.T) {
	t.Parallel()
	job := func(id, runner string) step {
		return byHand(id, `{"id":"`+id+`","runner":"`+runner+`","payload":"p","interval":60,"start":0}`, 1000)
	}
	rows := []struct {
		name, queue, runner string
		want                int
	}{
		{"the part after the last colon", "jobs:queue:shell", "shell", 1},
		{"of any key", "jobs:x:y:shell", "shell", 1},
		{"not the part before it", "jobs:queue:shell", "queue", 0},
		{"not a part of the name", "jobs:queue:shell", "hell", 0},
		{"no pattern", "jobs:queue:a.b", "axb", 0},
		{"a name with a dot, dash and percent", "jobs:queue:a.b-c%d", "a.b-c%d", 1},
		{"beyond ASCII", "jobs:queue:é☃", "é☃", 1},
		{"the part after :queue: of a runner with colons (bug 12)", "jobs:queue:a:b", "a:b", 1},
		{"the last part of the same key still", "jobs:queue:a:b", "b", 1},
		{"the part after the first :queue: (bug 12)", "jobs:queue:x:queue:y", "x:queue:y", 1},
	}
	var scenes []scene
	for _, row := range rows {
		scenes = append(scenes, scene{row.name, []step{job("a", row.runner), func(t *testing.T, c *contractClient) {
			t.Helper()
			keys := []string{c.board, c.schedule(), row.queue}
			wantReply(t, "JTICK on "+row.queue, c.call("jtick", keys, 1000), row.want)
			if got := len(c.entries(t, row.queue)); got != row.want {
				t.Errorf("%s has %d entries, want %d", row.queue, got, row.want)
			}
		}}})
	}
	play(t, append(scenes, scene{"one entry in all when two keys serve it", []step{job("a", "b"), func(t *testing.T, c *contractClient) {
		t.Helper()
		keys := []string{c.board, c.schedule(), "jobs:queue:b", "jobs:queue:a:b", "jobs:queue:b"}
		wantReply(t, "JTICK on three keys", c.call("jtick", keys, 1000), 1)
		if got := len(c.entries(t, "jobs:queue:b")) + len(c.entries(t, "jobs:queue:a:b")); got != 1 {
			t.Errorf("got %d entries, want 1", got)
		}
	}}}))
}

func TestContractJTICKServesAQueueWithoutAColon(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, c *contractClient) {
		put(1000, "a", "shell", "p", 60)(t, c)
		wantReply(t, "JTICK on the key shell (bug 12)", c.call("jtick", []string{c.board, c.schedule(), "shell"}, 1000), 1)
		if got := len(c.entries(t, "shell")); got != 1 {
			t.Errorf("the queue has %d entries, want 1", got)
		}
		score("a", 1060)(t, c)
		c.wantOwnKeys(t, "shell")
	})
}

// leftDue counts what is due.
func (c *contractClient) leftDue(t *testing.T, now int) int {
	t.Helper()
	return int(c.rdb.ZCount(t.Context(), c.schedule(), "-inf", strconv.Itoa(now)).Val())
}

func TestContractSeveralTickersPushEachRunOnce(t *testing.T) {
	t.Parallel()
	onBothStores(t, func(t *testing.T, c *contractClient) {
		for i := range 100 {
			put(1000, fmt.Sprintf("job-%02d", i), "shell", "p", 60)(t, c)
		}
		var tickers sync.WaitGroup
		for range 4 {
			tickers.Go(func() {
				for now := 1000; now < 1200; now += 20 {
					if err, failed := c.call("jtick", c.keysOf("jtick", "shell"), now, 7).(error); failed {
						t.Errorf("JTICK %d: %v", now, err)
					}
				}
			})
		}
		tickers.Wait()
		left := c.leftDue(t, 1180)
		wantReply(t, "JTICK 1180 at last", c.call("jtick", c.keysOf("jtick", "shell"), 1180), left)
		runs := map[string]int{}
		for _, entry := range c.entries(t, c.queue("shell")) {
			runs[object(t, entry)["id"].(string)]++
		}
		for id, n := range runs {
			if n < 1 || n > 4 { // 1000, 1060, 1120, 1180, each at most once
				t.Errorf("%s was pushed %d times, want 1 to 4", id, n)
			}
			score(id, 1240)(t, c)
		}
		if len(runs) != 100 {
			t.Errorf("%d jobs were pushed, want 100", len(runs))
		}
	})
}
