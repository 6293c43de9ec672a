package worker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/worker"
)

// Joutput takes pieces as the command does, but for those of attempts that are not held.
func (f *fakeRedis) Joutput(_ context.Context, lane string, pieces []jobs.Piece) (refused []string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.deaf != nil {
		return nil, f.deaf
	}
	for _, p := range pieces {
		if _, ok := f.held[lane][p.Token]; !ok {
			refused = append(refused, p.Token)
			continue
		}
		f.told = append(f.told, p)
	}
	return refused, nil
}

// pieces writes what was told as "offset text (progress)".
func (f *fakeRedis) pieces() (list []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.told {
		text := fmt.Sprint(p.Offset, " ", p.Text)
		if p.Progress != "" {
			text += " (" + p.Progress + ")"
		}
		list = append(list, text)
	}
	return list
}

func (s *scene) wantTold(want ...string) {
	s.t.Helper()
	if got := s.redis.pieces(); strings.Join(got, "|") != strings.Join(want, "|") {
		s.t.Errorf("told so far: got %q, want %q", got, want)
	}
}

// printer prints what a test sends through a channel of its bubble, until it is closed.
func printer(lines *chan string) jobs.RunnerFunc {
	return func(ctx context.Context, a *jobs.Attempt) error {
		for {
			select {
			case text, open := <-*lines:
				if !open {
					return nil
				}
				if _, err := a.Output.Write([]byte(text)); err != nil {
					return err
				}
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	}
}

func TestWhatAnAttemptPrintsIsToldWithin100ms(t *testing.T) {
	var lines chan string
	bubble(t, worker.Config{}, printer(&lines), func(s *scene) {
		lines = make(chan string)
		s.redis.push(jobs.Attempt{})
		lines <- "one\n"
		s.after(85 * time.Millisecond)
		s.wantTold("0 one\n")
		s.after(time.Hour) // an attempt that prints nothing costs nothing
		s.wantTold("0 one\n")
		lines <- "two\n"
		lines <- "::progress 40 uploading\n"
		s.after(45 * time.Millisecond)
		s.wantTold("0 one\n", "4 two\n::progress 40 uploading\n (40 uploading)")
		close(lines)
		s.after(time.Second)
		s.wantTold("0 one\n", "4 two\n::progress 40 uploading\n (40 uploading)")
	})
}

func TestAnAttemptThatPrintsAndEndsTellsNothing(t *testing.T) {
	print := jobs.RunnerFunc(func(_ context.Context, a *jobs.Attempt) error {
		_, err := a.Output.Write([]byte("done\n"))
		time.Sleep(20 * time.Millisecond) // virtual
		return err
	})
	bubble(t, worker.Config{}, print, func(s *scene) {
		for range 10 {
			s.redis.push(jobs.Attempt{})
		}
		s.after(10 * time.Second)
		s.wantTold()
		if _, ends := s.redis.seen(); len(ends) != 10 || ends[0].Output != "done\n" {
			t.Errorf("got %d ends, want 10 with their output", len(ends))
		}
	})
}

// The lane fills the same memory with the next attempt.
func TestWhatIsPrintedAfterTheEndIsNoOtherRuns(t *testing.T) {
	var late io.Writer
	print := jobs.RunnerFunc(func(_ context.Context, a *jobs.Attempt) error {
		if late == nil {
			late = a.Output
			return nil
		}
		_, err := late.Write([]byte("late\n"))
		return err
	})
	bubble(t, worker.Config{Concurrency: 1, Lanes: 1}, print, func(s *scene) {
		for range 5 {
			s.redis.push(jobs.Attempt{})
			s.after(time.Second)
		}
		_, ends := s.redis.seen()
		if len(ends) != 5 {
			t.Fatalf("got %d ends, want 5", len(ends))
		}
		for _, end := range ends {
			if end.Output != "" || end.OutputBytes != 0 || end.State != jobs.Succeeded {
				t.Errorf("got %s with %q of %d bytes, want success and nothing printed", end.State, end.Output, end.OutputBytes)
			}
		}
	})
}

func TestAFloodIsToldInPartAndToTheLastByte(t *testing.T) {
	var lines chan string
	bubble(t, worker.Config{}, printer(&lines), func(s *scene) {
		lines = make(chan string)
		s.redis.push(jobs.Attempt{})
		flood := bytes.Repeat([]byte("0123456789abcde\n"), 4<<20/16)
		lines <- string(flood)
		s.after(100 * time.Millisecond)
		if told := len(s.redis.pieces()); told == 0 || told > 2 {
			t.Errorf("got %d pieces in 100ms, want one or two", told)
		}
		s.after(5 * time.Second)
		s.redis.mu.Lock()
		defer s.redis.mu.Unlock()
		at, size := int64(0), 0
		for _, p := range s.redis.told {
			if p.Offset < at || len(p.Text) > 16<<10 || string(flood[p.Offset:p.Offset+int64(len(p.Text))]) != p.Text {
				t.Fatalf("a piece of %d bytes at %d: want at most 16 KiB from %d on, as they were printed", len(p.Text), p.Offset, at)
			}
			at, size = p.Offset+int64(len(p.Text)), size+len(p.Text)
		}
		if at != int64(len(flood)) || size != 128<<10 {
			t.Errorf("told %d bytes up to %d, want the first and the last 64 KiB of %d", size, at, len(flood))
		}
		close(lines)
	})
}

func TestOutputThatCannotBeToldHoldsUpNothing(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		logs int
	}{
		{"a redis that takes no writes is told of once", fmt.Errorf("%w: OOM", jobs.ErrNotWritable), 1},
		{"one that is out of reach others tell of", errDown, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var lines chan string
			bubble(t, worker.Config{}, printer(&lines), func(s *scene) {
				lines = make(chan string)
				s.redis.set(func() { s.redis.deaf = tt.err })
				s.redis.push(jobs.Attempt{})
				for range 100 {
					lines <- "x"
					s.after(50 * time.Millisecond)
				}
				if got := s.log.FilterMessageSnippet("telling output").Len(); got != tt.logs {
					t.Errorf("got %d lines in the log, want %d", got, tt.logs)
				}
				s.redis.set(func() { s.redis.deaf = nil })
				s.after(2 * time.Second)
				s.wantTold("0 " + strings.Repeat("x", 100)) // nothing twice, nothing left out
				close(lines)
				s.after(time.Second)
				if _, ends := s.redis.seen(); len(ends) != 1 || ends[0].OutputBytes != 100 {
					t.Errorf("got %+v, want one end with 100 bytes", ends)
				}
			})
		})
	}
}

func TestALostAttemptIsToldNoMore(t *testing.T) {
	var lines chan string
	bubble(t, worker.Config{}, printer(&lines), func(s *scene) {
		lines = make(chan string)
		s.redis.push(jobs.Attempt{})
		lines <- "one"
		s.after(100 * time.Millisecond)
		s.redis.set(func() { clear(s.redis.held) }) // somebody else's, and no renew has told yet
		lines <- "two"
		s.after(100 * time.Millisecond)
		s.wantTold("0 one")
		close(lines)
	})
}

func TestTheLastLinesForProgressAndResultCount(t *testing.T) {
	for _, tt := range []struct {
		name   string
		writes []string
		own    string // the runner's own result
		want   string
	}{
		{"a line", []string{"::result {\"a\":[]}\n"}, "", `{"a":[]}`},
		{"between others", []string{"x\n::result 1\n::result 2\ny\n"}, "", "2"},
		{"byte by byte", strings.Split("hi\n::result long text\r\nbye\n", ""), "", "long text"},
		{"cut behind the line feed", []string{"a\n", "::result b\n"}, "", "b"},
		{"cut behind a colon", []string{"a\n:", ":result b\n"}, "", "b"},
		{"without a line feed at the end", []string{"a\n::result b"}, "", "b"},
		{"in the middle of a line it is text", []string{"a ::result b\n"}, "", ""},
		{"other words are text", []string{"::results b\n::resul\n:: result c\n"}, "", ""},
		{"one that is too long is text", []string{"::result " + strings.Repeat("x", 70<<10) + "\n::result b\n"}, "", "b"},
		{"the runner's own goes first", []string{"::result b\n"}, "mine", "mine"},
		{"bytes that are no text become question marks", []string{"::result a\xffb\n"}, "", "a?b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			run := jobs.RunnerFunc(func(_ context.Context, a *jobs.Attempt) error {
				a.Result = tt.own
				for _, text := range tt.writes {
					if n, err := a.Output.Write([]byte(text)); n != len(text) || err != nil {
						return errors.New("not taken")
					}
				}
				return nil
			})
			bubble(t, worker.Config{}, run, func(s *scene) {
				s.redis.push(jobs.Attempt{})
				s.after(time.Second)
				_, ends := s.redis.seen()
				if len(ends) != 1 || ends[0].Result != tt.want {
					t.Fatalf("got %+v, want the result %q", ends, tt.want)
				}
				if all := strings.Join(tt.writes, ""); ends[0].Output != all && len(all) < 128<<10 {
					t.Errorf("output: got %q, want all that was printed: %q", ends[0].Output, all)
				}
			})
		})
	}
}
