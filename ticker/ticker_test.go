package ticker_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/ticker"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bubble runs a test while a ticker leads in term 7.
func bubble(t *testing.T, board *fakeBoard, test func(t *testing.T, tick *ticker.Ticker, log *observer.ObservedLogs)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, log := observer.New(zap.InfoLevel)
		tick := ticker.New(board, zap.New(core))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- tick.Lead(ctx, 7) }()
		test(t, tick, log)
		cancel()
		if err := <-done; err != nil {
			t.Errorf("lead: got %v, want nil", err)
		}
	})
}

func TestRunsAreQueuedWhenTheyAreDueWhateverTheClocksSay(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{0, time.Hour, -time.Hour, 30 * time.Millisecond} {
		t.Run(fmt.Sprintf("redis is ahead by %v", skew), func(t *testing.T) {
			board := &fakeBoard{skew: skew, registered: []string{"t"}}
			bubble(t, board, func(t *testing.T, tick *ticker.Ticker, _ *observer.ObservedLogs) {
				start := time.Now().Add(skew)
				board.set(func() {
					for i := range 10 {
						board.jobs = append(board.jobs, &job{
							runner: "t", interval: time.Duration(700+13*i) * time.Millisecond,
							due: start.Add(time.Duration(300+i*37) * time.Millisecond),
						})
					}
				})
				time.Sleep(10 * time.Second) // virtual
				board.set(func() {
					if len(board.fired) < 120 {
						t.Errorf("got %d runs, want more than 120", len(board.fired))
					}
					for _, f := range board.fired {
						if late := f.at.Sub(f.due); late > 2*time.Millisecond {
							t.Errorf("due %v, queued %v later", f.due, late)
						}
					}
					if len(board.calls) > 500 {
						t.Errorf("got %d calls in 10 s, want far fewer than one a millisecond", len(board.calls))
					}
				})
				if s := tick.Stats(); s.Latest > 2*time.Millisecond || s.Queued < 120 || time.Since(s.Last) > 100*time.Millisecond {
					t.Errorf("stats: got %+v", s)
				}
			})
		})
	}
}

func TestWhatIsDueIsNotLateForWhatCanWait(t *testing.T) {
	t.Parallel()
	const ms, short = time.Millisecond, time.Millisecond / 10
	for name, tt := range map[string]struct {
		board    *fakeBoard
		interval time.Duration
		calls    int // a run: it comes early once
		looks    int // in ten seconds
		late     time.Duration
	}{
		"Redis is near":                   {&fakeBoard{way: short}, 50 * ms, 2, 10, 2 * short},
		"types take long to read":         {&fakeBoard{slow: 4 * ms}, 50 * ms, 2, 10, 2 * short},
		"Redis is far":                    {&fakeBoard{way: ms}, 50 * ms, 1, 10, 2 * short},
		"something is always due at once": {&fakeBoard{}, 4 * ms, 1, 5, 2 * short},
	} {
		t.Run(name, func(t *testing.T) {
			board := tt.board
			board.registered = []string{"t"}
			bubble(t, board, func(t *testing.T, _ *ticker.Ticker, _ *observer.ObservedLogs) {
				time.Sleep(300 * ms) // virtual
				board.set(func() {
					board.calls, board.looks = nil, 0
					board.jobs = []*job{{runner: "t", due: time.Now().Add(200 * ms), interval: tt.interval}}
				})
				time.Sleep(10 * time.Second)
				board.set(func() {
					runs := len(board.fired)
					if want := int(9 * time.Second / tt.interval); runs < want {
						t.Errorf("got %d runs, want more than %d", runs, want)
					}
					if calls := len(board.calls); calls < tt.calls*runs || calls > tt.calls*runs+5 {
						t.Errorf("got %d calls for %d runs, want %d each", calls, runs, tt.calls)
					}
					if board.looks < tt.looks-1 || board.looks > tt.looks+1 {
						t.Errorf("got %d looks at the types in 10 s, want about %d", board.looks, tt.looks)
					}
					for _, f := range board.fired {
						if late := f.at.Sub(f.due); late > tt.late {
							t.Fatalf("due %v, queued %v later", f.due, late)
						}
					}
				})
			})
		})
	}
}

func TestAnIdleTickerLooksTenTimesASecond(t *testing.T) {
	board := &fakeBoard{registered: []string{"b", "a"}}
	bubble(t, board, func(t *testing.T, _ *ticker.Ticker, _ *observer.ObservedLogs) {
		time.Sleep(10*time.Second + time.Millisecond) // virtual
		board.set(func() {
			if len(board.calls) != 101 || board.looks < 10 || board.looks > 11 {
				t.Errorf("got %d calls and %d looks at the types, want 101 and about 10", len(board.calls), board.looks)
			}
			last := board.calls[len(board.calls)-1]
			if last.term != "7" || last.limit != 500 || fmt.Sprint(last.types) != "[a b]" {
				t.Errorf("got %+v, want term 7, limit 500 and the types in order", last)
			}
		})
	})
}

func TestABacklogIsQueuedWithoutSleeping(t *testing.T) {
	board := &fakeBoard{registered: []string{"t"}}
	bubble(t, board, func(t *testing.T, _ *ticker.Ticker, _ *observer.ObservedLogs) {
		board.set(func() {
			for range 5000 {
				board.jobs = append(board.jobs, &job{runner: "t", interval: time.Hour, due: time.Now()})
			}
		})
		time.Sleep(101 * time.Millisecond) // virtual
		board.set(func() {
			for _, f := range board.fired {
				if f.at != board.fired[0].at {
					t.Fatal("slept while there was more")
				}
			}
			if len(board.fired) != 5000 {
				t.Errorf("got %d runs, want 5000 at once", len(board.fired))
			}
		})
	})
}

func TestTypesThatNobodyRegisteredAreServedWhenDue(t *testing.T) {
	board := &fakeBoard{}
	bubble(t, board, func(t *testing.T, _ *ticker.Ticker, _ *observer.ObservedLogs) {
		board.set(func() {
			board.jobs = append(board.jobs, &job{runner: "wild", interval: 3 * time.Second, due: time.Now().Add(time.Second)})
		})
		time.Sleep(10500 * time.Millisecond) // virtual
		board.set(func() {
			if len(board.fired) != 4 {
				t.Errorf("got %d runs, want 4", len(board.fired))
			}
			for _, f := range board.fired {
				if late := f.at.Sub(f.due); late > 2*time.Millisecond {
					t.Errorf("due %v, queued %v later", f.due, late)
				}
			}
		})
	})
}

func TestAQueueOfAWrongTypeDoesNotStopTheOthers(t *testing.T) {
	board := &fakeBoard{registered: []string{"bad", "good"}, broken: map[string]bool{"bad": true}}
	bubble(t, board, func(t *testing.T, _ *ticker.Ticker, log *observer.ObservedLogs) {
		board.set(func() {
			for _, kind := range []string{"bad", "good", "wild"} {
				board.jobs = append(board.jobs, &job{runner: kind, interval: time.Second, due: time.Now().Add(time.Second)})
			}
		})
		time.Sleep(5500 * time.Millisecond) // virtual
		count := map[string]int{}
		board.set(func() {
			for _, f := range board.fired {
				count[f.runner]++
			}
			board.broken["bad"] = false
		})
		if count["good"] != 5 || count["wild"] != 5 || count["bad"] != 0 {
			t.Errorf("got %v, want five of good and wild", count)
		}
		time.Sleep(time.Second) // virtual
		board.set(func() {
			if last := board.fired[len(board.fired)-1]; len(board.fired) < 12 {
				t.Errorf("got %+v last, want all three again", last)
			}
		})
		if log.FilterMessageSnippet("is no list").Len() != 1 || log.FilterMessageSnippet("lists again").Len() != 1 {
			t.Errorf("got %v, want one line at the fault and one at its end", log.All())
		}
	})
}

func TestAnOutageIsOutlived(t *testing.T) {
	board := &fakeBoard{registered: []string{"t"}}
	bubble(t, board, func(t *testing.T, tick *ticker.Ticker, log *observer.ObservedLogs) {
		time.Sleep(time.Second) // virtual
		board.set(func() {
			board.err = errDown
			board.jobs = append(board.jobs, &job{runner: "t", interval: time.Hour, due: time.Now()})
		})
		var before int
		board.set(func() { before = len(board.calls) })
		time.Sleep(time.Minute) // virtual
		board.set(func() {
			if n := len(board.calls) - before; n < 30 || n > 200 {
				t.Errorf("got %d calls in a minute of outage", n)
			}
			board.err = nil
		})
		time.Sleep(1300 * time.Millisecond) // virtual
		if s := tick.Stats(); s.Queued != 1 {
			t.Errorf("got %d runs queued, want 1", s.Queued)
		}
		if got := log.Len(); got != 2 {
			t.Errorf("got %d log lines, want two: %v", got, log.All())
		}
	})
}

func TestANewerTermEndsTheLead(t *testing.T) {
	t.Parallel()
	board := &fakeBoard{err: fmt.Errorf("%w: term 7 is over", jobs.ErrStale)}
	if err := ticker.New(board, nil).Lead(t.Context(), 7); !errors.Is(err, jobs.ErrStale) {
		t.Errorf("got %v, want %v", err, jobs.ErrStale)
	}
}

func TestATickerWithoutElectionNamesNoTerm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		board := &fakeBoard{}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := ticker.New(board, nil).Run(ctx); err != nil {
			t.Errorf("got %v, want nil at the end of ctx", err)
		}
		for _, c := range board.calls {
			if c.term != "" {
				t.Errorf("got term %q, want none", c.term)
			}
		}
	})
}
