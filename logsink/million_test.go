package logsink

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// tally counts the numbered lines that arrive, and what the notes say is missing.
type tally struct {
	seen    []uint8
	dropped int
	noise   []string
}

func (c *tally) take(message string) {
	_, text, _ := strings.Cut(message, `"text":"`)
	text = strings.TrimSuffix(text, `"}`)
	if rest, ok := strings.CutPrefix(text, "jobs-agent: "); ok {
		n, _ := strconv.Atoi(rest[:strings.IndexByte(rest, ' ')])
		c.dropped += n
		return
	}
	if len(text) >= 12 {
		if n, err := strconv.Atoi(text[5:12]); err == nil && n < len(c.seen) {
			c.seen[n]++
			return
		}
	}
	c.noise = append(c.noise, message)
}

// count answers how many lines came once and how many more often.
func (c *tally) count() (once, again int) {
	for _, n := range c.seen {
		switch {
		case n == 1:
			once++
		case n > 1:
			again++
		}
	}
	return once, again
}

func million(t *testing.T) (*fakeLogs, *tally, string) {
	t.Helper()
	f := newFakeLogs(t)
	c := &tally{seen: make([]uint8, flood)}
	f.keep = func(_ string, e fakeEvent) { c.take(e.Message) }
	return f, c, numbered(0, len(c.seen), " and some more that a program says")
}

func TestAMillionLinesAtFullSpeedAllArriveThroughThrottlingAndAnOutage(t *testing.T) {
	f, c, text := million(t)
	var away time.Time
	f.fault = func(n int, _ string) *fault {
		if n == flood/25_000 {
			away = time.Now().Add(2 * time.Second)
		}
		switch {
		case time.Now().Before(away):
			return &fault{hangUp: true}
		case n%7 == 0:
			return &fault{status: 400, code: "ThrottlingException"}
		case n%11 == 0:
			return &fault{status: 503, code: "ServiceUnavailableException"}
		}
		return nil
	}
	s := onFake(t, f, "cloudwatch:jobs?wait=5m")
	begin := time.Now()
	w := s.attempt("flood")
	for len(text) > 0 { // as a runner reads from a pipe
		n := min(len(text), 32<<10)
		if _, err := w.Write([]byte(text[:n])); err != nil {
			t.Fatal(err)
		}
		text = text[n:]
	}
	w.Close()
	got, err := s.end(time.Minute)
	took := time.Since(begin)
	once, again := c.count()
	if err != nil || got.Written != flood || got.Delivered != flood || once != flood || again != 0 || len(c.noise) > 0 {
		t.Errorf("got %+v, %v, %d lines once, %d again, %.3q besides; want %d once", got, err, once, again, c.noise, flood)
	}
	t.Logf("measured: %d lines in %v, %.0f lines/s, in %d calls", flood, took.Round(time.Millisecond), flood/took.Seconds(), f.seen)
}

func TestAMillionLinesAtFullSpeedAreCountedToTheLastWhenTheSinkIsAway(t *testing.T) {
	f, c, text := million(t)
	back := make(chan struct{})
	f.fault = func(int, string) *fault {
		select {
		case <-back:
			return nil
		default:
			return &fault{hangUp: true}
		}
	}
	s := onFake(t, f, "cloudwatch:jobs?buffer=2MiB&wait=300ms")
	begin := time.Now()
	w := s.attempt("flood")
	half := len(text) / 2
	s.print(w, text[:half])
	heldUp := time.Since(begin)
	close(back)
	s.print(w, text[half:])
	w.Close()
	got, err := s.end(time.Minute)
	once, again := c.count()
	dropped := got.Dropped[dropFull]
	if err != nil || got.Written != flood || int64(once)+dropped != flood || again != 0 || dropped < flood/10 || int64(once) != got.Delivered {
		t.Errorf("got %+v, %v, %d lines once, %d again; want received and dropped to be the %d that were written", got, err, once, again, flood)
	}
	if int64(c.dropped) != dropped {
		t.Errorf("the stream says that %d lines are missing, want the %d that were dropped", c.dropped, dropped)
	}
	if heldUp > 10*time.Second {
		t.Errorf("the run was held up for %v, want little more than 300ms", heldUp)
	}
	if n := strings.Count(s.log.String(), "its buffer is full"); n != 1 {
		t.Errorf("got %d lines in the log about a full buffer, want 1:\n%s", n, s.log)
	}
	t.Logf("measured: of %d lines %d came and %d were dropped; half of them were printed in %v", flood, once, dropped, heldUp.Round(time.Millisecond))
}
