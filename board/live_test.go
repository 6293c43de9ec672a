package board_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/redistest"
)

// prints tells a piece of an attempt's output as its worker does.
func (l *lane) prints(a *jobs.Attempt, offset int64, text string) {
	l.t.Helper()
	refused, err := l.b.Leases().Joutput(l.t.Context(), "agent.0f.1", []jobs.Piece{{Run: a.Run, Token: a.Token, Offset: offset, Text: text}})
	if err != nil || len(refused) != 0 {
		l.t.Fatalf("tell output: got %v, %v, want none refused", refused, err)
	}
}

// hears collects what a Follow answers until the test has heard enough.
type hears struct {
	t    *testing.T
	news chan string
}

func follow(t *testing.T, b *board.Board, job string, run jobs.RunID) *hears {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	h := &hears{t: t, news: make(chan string, 100)}
	over := make(chan struct{})
	go func() {
		defer close(over)
		for heard, err := range b.Follow(ctx, job, run) {
			switch {
			case err != nil:
				h.news <- "error: " + err.Error()
			case heard.Ended != nil:
				h.news <- fmt.Sprint(heard.Attempt, " ended ", heard.Ended.State)
			default:
				h.news <- fmt.Sprint(heard.Attempt, " ", heard.Offset, " ", heard.Text)
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-over
	})
	return h
}

func (h *hears) want(news ...string) {
	h.t.Helper()
	for i, want := range news {
		select {
		case got := <-h.news:
			if got != want {
				h.t.Fatalf("heard %q, want %q (number %d of %q)", got, want, i+1, news)
			}
		case <-time.After(10 * time.Second):
			h.t.Fatalf("nothing was heard within 10s, want %q (number %d of %q)", want, i+1, news)
		}
	}
}

func TestFollowTellsWhatRunsPrintAndHowTheyEnd(t *testing.T) {
	both(t, func(t *testing.T, b *board.Board) {
		must[bool](t)(b.RegisterNew(t.Context(), "r"))
		l := &lane{t: t, b: b}
		must[jobs.RunID](t)(b.Enqueue(t.Context(), board.OneOff{Runner: "r", Payload: "x", Retries: 1, Backoff: jobs.Backoff{Delay: time.Millisecond}}))
		a := l.take("r")
		l.prints(a, 0, "before ")
		all, one, other := follow(t, b, "r", ""), follow(t, b, "", a.Run), follow(t, b, "elsewhere", "")
		for _, h := range []*hears{all, one} {
			h.want("1 0 before ")
		}
		l.prints(a, 7, "after")
		l.prints(a, 1000, "a gap")
		for _, h := range []*hears{all, one} {
			h.want("1 7 after", "1 1000 a gap")
		}
		l.ends(a, jobs.Failed, 1)
		for _, h := range []*hears{all, one} {
			h.want("1 ended retrying")
		}
		eventually(t, "the retry is queued", func() bool {
			_, err := b.Leases().Jreap(t.Context(), time.Minute, 100)
			runs := must[[]jobs.Run](t)(b.Runs(t.Context(), board.RunFilter{States: []jobs.State{jobs.Queued}}))
			return err == nil && len(runs) == 1
		})
		a = l.take("r")
		l.prints(a, 0, "again")
		if got := must[[]board.Heard](t)(b.Printed(t.Context(), a.Run)); len(got) != 1 || got[0].Text != "again" || got[0].Agent != "agent" {
			t.Errorf("printed so far: got %+v, want one piece of the second attempt", got)
		}
		for _, h := range []*hears{all, one} {
			h.want("2 0 again")
		}
		l.ends(a, jobs.Succeeded, 0)
		for _, h := range []*hears{all, one} {
			h.want("2 ended succeeded")
		}
		if got := must[[]board.Heard](t)(b.Printed(t.Context(), a.Run)); len(got) != 0 {
			t.Errorf("after its end: got %+v, want nothing", got)
		}
		if len(other.news) != 0 {
			t.Errorf("another job heard %q", <-other.news)
		}
	})
}

func TestFollowGoesOnWhereItWasAfterTheConnectionIsLost(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	b := open(t, server.URL())
	must[bool](t)(b.RegisterNew(t.Context(), "r"))
	l := &lane{t: t, b: b}
	must[jobs.RunID](t)(b.Enqueue(t.Context(), board.OneOff{Runner: "r"}))
	a := l.take("r")
	h := follow(t, b, "", a.Run)
	var want []string
	for i := range 20 {
		l.prints(a, int64(5*i), fmt.Sprintf("%04d\n", i))
		want = append(want, fmt.Sprintf("1 %d %04d\n", 5*i, i))
		if i%5 == 2 {
			if err := server.Client().Do(t.Context(), "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes").Err(); err != nil {
				t.Fatal(err)
			}
		}
	}
	h.want(want...)
	l.ends(a, jobs.Succeeded, 0)
	h.want("1 ended succeeded")
	if left := len(h.news); left != 0 {
		t.Errorf("heard %d more: %q", left, <-h.news)
	}
}
