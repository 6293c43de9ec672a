package test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// dump2014 is board-2014.json: what the 2014 program's dump said of its board.
type dump2014 struct {
	Jobs map[string]struct {
		ID, Runner, Payload, Stop, Lambda string
		Interval                          *float64
		Start                             float64
	}
	Runners map[string]string
}

func readDump2014(t *testing.T) dump2014 {
	t.Helper()
	text, err := os.ReadFile("../testdata/2014/board-2014.json")
	if err != nil {
		t.Fatal(err)
	}
	var dump dump2014
	if err := json.Unmarshal(text, &dump); err != nil {
		t.Fatal(err)
	}
	return dump
}

// load2014 sends the raw commands of board-2014.resp, as redis-cli --pipe does.
func load2014(t *testing.T, rdb *redis.Client) {
	t.Helper()
	text, err := os.ReadFile("../testdata/2014/board-2014.resp")
	if err != nil {
		t.Fatal(err)
	}
	commands := rdb.Pipeline()
	for r := bufio.NewReader(bytes.NewReader(text)); ; {
		args, err := readCommand(r)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("read board-2014.resp: %v", err)
		}
		commands.Do(t.Context(), args...)
	}
	if _, err := commands.Exec(t.Context()); err != nil {
		t.Fatalf("load board-2014.resp: %v", err)
	}
}

func readCommand(r *bufio.Reader) ([]any, error) {
	n, err := readLength(r, '*')
	if err != nil {
		return nil, err
	}
	args := make([]any, n)
	for i := range args {
		size, err := readLength(r, '$')
		if err != nil {
			return nil, err
		}
		word := make([]byte, size+2)
		if _, err := io.ReadFull(r, word); err != nil {
			return nil, err
		}
		args[i] = string(word[:size])
	}
	return args, nil
}

func readLength(r *bufio.Reader, sign byte) (int, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return 0, err
	}
	if line[0] != sign {
		return 0, fmt.Errorf("got %q, want a line of %c", line, sign)
	}
	return strconv.Atoi(strings.TrimSpace(line[1:]))
}

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
