package test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/redistest"
	"github.com/jobs-agent/jobs/scripts"
	"github.com/jobs-agent/jobs/test/chaos"
)

// outageOfADay starts agents on a board of 100,000 jobs that nobody ticked for a
// day, and kills the leader in the middle of the catch-up. Each job must run once,
// with the count of the times that collapsed into it, and no call of the tick may
// do more than a bounded part of the work (I10).
func outageOfADay(t *testing.T, _ uint64, _ time.Duration) {
	const many = 100_000
	f := newField(t, redistest.Start(t, redistest.TCP(), redistest.AOF("everysec")))
	f.runners = nil // console, so that the catch-up is the work and not the programs
	var dump strings.Builder
	dump.WriteString(`{"jobs":{`)
	start := time.Now().Add(-24*time.Hour - 30*time.Minute)
	for i := range many {
		if i > 0 {
			dump.WriteByte(',')
		}
		fmt.Fprintf(&dump, `"job-%06d":{"runner":"console","payload":"x","interval":3600,"start":%d,"overlap":"forbid"}`, i, start.Unix()+int64(i%60))
	}
	dump.WriteString(`},"runners":{}}`)
	if _, err := f.load.board.Load(t.Context(), strings.NewReader(dump.String()), board.Loading{}); err != nil {
		t.Fatal(err)
	}
	f.ask("CONFIG", "SET", "slowlog-log-slower-than", 20_000, "slowlog-max-len", 1000)
	f.ask("SLOWLOG", "RESET")

	f.begin = time.Now()
	for _, name := range chaos.Names(3) {
		f.join(name)
	}
	total := func(name string) int64 {
		totals, err := f.load.board.Totals(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return totals[name]
	}
	eventually(t, "half of the jobs are queued", func() bool { f.keepUp(); return total("queued") > many/2 })
	leader := f.leader()
	if leader == "" {
		leader = chaos.Names(3)[0]
	}
	f.nodes[leader].kill() // keepUp starts it again
	eventually(t, "all jobs have run", func() bool { f.keepUp(); return total("succeeded") >= many })
	t.Logf("measured: %d jobs caught up with in %v", many, time.Since(f.begin).Round(time.Millisecond))

	f.conserved()
	if got := total("queued"); got != many {
		t.Errorf("queued: got %d runs, want one a job, %d", got, many)
	}
	f.eachOnce(many, 24)
	t.Logf("measured: longest call %v, on a machine that is busy", f.longestCall())
}

// longestCall is the longest time that Redis spent on one command.
func (f *field) longestCall() (longest time.Duration) {
	f.t.Helper()
	slow, err := f.rdb.Do(f.t.Context(), "SLOWLOG", "GET", 1000).Slice()
	if err != nil {
		f.t.Fatal(err)
	}
	for _, call := range slow {
		longest = max(longest, time.Duration(call.([]any)[2].(int64))*time.Microsecond)
	}
	return longest
}

// eachOnce looks that each job has one run, into which so many times collapsed, and
// that no call of the tick queued more than 500. The number behind the dot in a
// run's id is that of the call.
func (f *field) eachOnce(many, missed int) {
	f.t.Helper()
	wrong, calls := 0, map[string]int{}
	for from := 0; from < many; from += 1000 {
		pipe := f.rdb.Pipeline()
		for i := from; i < from+1000; i++ {
			pipe.LRange(f.t.Context(), fmt.Sprintf("jobs:runs:job-%06d", i), 0, -1)
		}
		replies, err := pipe.Exec(f.t.Context())
		if err != nil {
			f.t.Fatal(err)
		}
		for i, reply := range replies {
			records := reply.(interface{ Val() []string }).Val()
			if len(records) != 1 || !strings.Contains(records[0], `"succeeded"`) || !strings.Contains(records[0], fmt.Sprintf(`"missed":%d`, missed)) {
				if wrong++; wrong <= 5 {
					f.t.Errorf("job-%06d: got the runs %v, want one that succeeded with %d times collapsed into it", from+i, records, missed)
				}
				continue
			}
			if run, ok := scripts.ParseRecord(records[0]); ok {
				calls[run.ID[strings.LastIndexByte(run.ID, '.')+1:]]++
			}
		}
	}
	for call, n := range calls {
		if n > 500 {
			f.t.Errorf("call %s of the tick queued %d runs, want at most 500", call, n)
		}
	}
	f.t.Logf("measured: %d calls of the tick queued %d runs", len(calls), many)
	if wrong > 0 {
		f.t.Errorf("%d of %d jobs did not run exactly once", wrong, many)
	}
}

// floods has many programs print tens of megabytes each while agents are killed.
// What is kept is bounded, in the agents as in Redis, and all bytes are counted.
func floods(t *testing.T, seed uint64, lasts time.Duration) {
	const bytes, programs = 30_000_000, 24
	f := newField(t, redistest.Start(t, redistest.TCP(), redistest.AOF("always")))
	f.runners = []string{"--runner", "shell"}
	f.joinAll(chaos.Names(3))
	f.begin = time.Now()
	for range programs {
		_, err := f.load.board.Enqueue(t.Context(), board.OneOff{Runner: "shell", Payload: fmt.Sprintf("head -c %d /dev/zero | tr '\\0' x", bytes)})
		if err != nil {
			t.Fatal(err)
		}
	}
	f.breakBy(chaos.Plan{
		Agents: chaos.Names(3), For: min(10*time.Second, lasts), Lease: chaosLease, AgentKinds: []string{chaos.Kill, chaos.Terminate},
	}.Steps(seed))
	var ended []jobs.Run
	eventually(t, "all programs have ended", func() bool {
		f.keepUp()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		var err error
		ended, err = f.load.board.Runs(ctx, board.RunFilter{Job: "shell", States: []jobs.State{jobs.Succeeded, jobs.Failed, jobs.Dead}, Limit: 1000})
		return err == nil && len(ended) == programs
	})
	for _, run := range ended {
		if run.State == jobs.Succeeded && run.Output != bytes {
			t.Errorf("run %s: %d bytes counted, want %d", run.ID, run.Output, bytes)
		}
		if run.State == jobs.Failed {
			t.Errorf("run %s: %s", run.ID, run.Reason)
		}
		output, _, err := f.load.board.Output(t.Context(), jobs.RunID(run.ID))
		if err != nil || len(output) > 130<<10 {
			t.Errorf("run %s: %d bytes are kept, %v, want 128 KiB and a line", run.ID, len(output), err)
		}
	}
	for name, node := range f.nodes {
		if peak := peakMemory(t, node.pid()); peak > 200<<20 {
			t.Errorf("%s used %d MiB of memory, want at most 200", name, peak>>20)
		} else {
			t.Logf("measured: %s used %d MiB of memory", name, peak>>20)
		}
	}
}

// peakMemory is the most that a process ever had in memory.
func peakMemory(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}
