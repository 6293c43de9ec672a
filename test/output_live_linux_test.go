package test

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// A second process shows each line of a run soon after it was printed. The lines are the
// times at which the run printed them.
func TestLinesAreShownWithin200msOfTheirPrinting(t *testing.T) {
	const lines = 60
	h := newHost(t, redistest.Start(t).URL())
	h.start("agent", "--runner", "shell", "--name", "one")
	eventually(t, "the agent lives", func() bool { return h.agents()["one"].State == "alive" })
	h.ok("put", "clock", "shell", fmt.Sprintf("for i in $(seq %d); do date +%%s%%N; sleep 0.07; done", lines), "--start", "4000000000")

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	reader := h.command(ctx, "logs", "clock", "-f", "-n", "0")
	out, err := reader.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	talk, err := reader.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Wait() }()
	defer cancel()
	if _, err := bufio.NewReader(talk).ReadString('\n'); err != nil { // it says that it follows
		t.Fatal(err)
	}
	h.ok("run", "clock")
	var late []time.Duration
	for text := bufio.NewScanner(out); len(late) < lines && text.Scan(); {
		if ns, err := strconv.ParseInt(text.Text(), 10, 64); err == nil {
			late = append(late, time.Since(time.Unix(0, ns)))
		}
	}
	if len(late) != lines {
		t.Fatalf("got %d lines, want %d", len(late), lines)
	}
	first := late[0]
	slices.Sort(late)
	median := late[len(late)/2]
	t.Logf("measured: first line %v, median %v, 9 of 10 within %v", first.Round(time.Millisecond), median.Round(time.Millisecond), late[len(late)*9/10].Round(time.Millisecond))
	if median > 200*time.Millisecond {
		t.Errorf("half of the lines were shown within %v, want 200ms: %v", median, late)
	}
	within(t, "the slowest line", late[len(late)-1], 200*time.Millisecond)
}

// A run that prints 1 GB costs its agent no memory to speak of, and the ends of what it
// printed are kept.
func TestARunThatPrints1GBIsKeptInBoundedMemory(t *testing.T) {
	const size = 1_000_000_000
	h := newHost(t, redistest.Start(t).URL())
	agent := h.start("agent", "--runner", "shell", "--name", "one")
	eventually(t, "the agent lives", func() bool { return h.agents()["one"].State == "alive" })
	h.ok("put", "flood", "shell", fmt.Sprintf("echo begin; yes 0123456789abcde | head -c %d; echo; echo end", size), "--start", "4000000000")
	begin := time.Now()
	h.ok("run", "flood")
	var docs []struct {
		State, Output string
		Bytes         int64 `json:"output_bytes"`
	}
	eventually(t, "the flood has ended", func() bool {
		h.read(&docs, "logs", "flood")
		return len(docs) == 1
	})
	t.Logf("measured: 1 GB in %v", time.Since(begin).Round(time.Millisecond))
	got := docs[0]
	if want := int64(size + len("begin\n\nend\n")); got.Bytes != want || got.State != "succeeded" {
		t.Errorf("got %d bytes and %s, want %d and succeeded", got.Bytes, got.State, want)
	}
	if kept := len(got.Output); kept < 128<<10 || kept > 129<<10 || !strings.HasPrefix(got.Output, "begin\n0123") || !strings.HasSuffix(got.Output, "\nend\n") {
		t.Errorf("kept %d bytes from %.20q to %q, want the first and the last 64 KiB", kept, got.Output, got.Output[max(0, kept-20):])
	}
	peak := peakMemory(t, agent.pid())
	t.Logf("measured: peak of resident memory of the agent %d MB, promised 100 MB", peak/1_000_000)
	if peak > 100_000_000 {
		t.Errorf("the agent had %d bytes resident, want at most 100 MB", peak)
	}
}
