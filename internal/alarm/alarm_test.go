package alarm

import (
	"context"
	"slices"
	"testing"
	"time"
)

func newAlarm(t testing.TB) *Alarm {
	t.Helper()
	a, err := New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func TestAnAlarmNeverRingsEarlyAndRingsAgain(t *testing.T) {
	t.Parallel()
	a := newAlarm(t)
	for _, d := range []time.Duration{-time.Second, 0, 1, 300 * time.Microsecond, 20 * time.Millisecond, time.Microsecond} {
		began := time.Now()
		a.Sleep(t.Context(), d)
		if slept := time.Since(began); slept < d || slept > d+5*time.Second {
			t.Errorf("for %v it slept %v", d, slept)
		}
	}
}

func TestAnAlarmEndsWithItsContextAndServesTheNext(t *testing.T) {
	t.Parallel()
	a := newAlarm(t)
	for range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		began := time.Now()
		a.Sleep(ctx, time.Hour)
		if ctx.Err() == nil {
			t.Fatalf("it slept %v of an hour", time.Since(began))
		}
		a.Sleep(ctx, time.Hour) // it has ended
		began = time.Now()
		a.Sleep(t.Context(), 2*time.Millisecond)
		if slept := time.Since(began); slept < 2*time.Millisecond {
			t.Fatalf("the next slept %v of 2 ms", slept)
		}
	}
}

// BenchmarkLateness compares what an idle program gets from this and from Go.
func BenchmarkLateness(b *testing.B) {
	const d = 20400 * time.Microsecond
	for name, sleep := range map[string]func(context.Context, time.Duration){"alarm": newAlarm(b).Sleep, "go": plainly} {
		b.Run(name, func(b *testing.B) {
			var late []time.Duration
			for b.Loop() {
				began := time.Now()
				sleep(b.Context(), d)
				late = append(late, time.Since(began)-d)
			}
			slices.Sort(late)
			b.ReportMetric(float64(late[len(late)/2].Microseconds()), "us-p50")
			b.ReportMetric(float64(late[len(late)*99/100].Microseconds()), "us-p99")
		})
	}
}
