package worker_test

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/worker"
)

// manyRuns is a benchmark's queue.
const manyRuns = 100000

// nop serves a type with nothing to do.
func nop(kind string) map[string]jobs.Runner {
	return map[string]jobs.Runner{kind: jobs.RunnerFunc(func(context.Context, *jobs.Attempt) error { return nil })}
}

// used is the processor time of this process.
func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// usedByRedis is the processor time of the server.
func (b *board) usedByRedis() (all time.Duration) {
	text := b.Redis().Info(context.Background(), "cpu").Val()
	for _, m := range regexp.MustCompile(`used_cpu_(?:sys|user):([\d.]+)`).FindAllStringSubmatch(text, -1) {
		s, _ := strconv.ParseFloat(m[1], 64)
		all += time.Duration(s * float64(time.Second))
	}
	return all
}

// BenchmarkRuns measures in-process runs that do nothing, from a full queue to
// the last ack. On a busy machine look at the processor times.
func BenchmarkRuns(bm *testing.B) {
	for _, concurrency := range []int{16, 400} {
		bm.Run(fmt.Sprintf("concurrency=%d", concurrency), func(bm *testing.B) {
			b := newBoard(bm)
			var ours, theirs time.Duration
			for bm.Loop() {
				bm.StopTimer()
				b.push(manyRuns, "mail", "")
				done := b.stat("succeeded") + manyRuns
				w := b.worker(b.Commands, worker.Config{Concurrency: concurrency, Runners: nop("mail")})
				ctx, cancel := context.WithCancel(context.Background())
				ended := make(chan error)
				ours, theirs = ours-used(), theirs-b.usedByRedis()
				bm.StartTimer()
				go func() { ended <- w.Run(ctx) }()
				for b.stat("succeeded") < done {
					<-time.After(5 * time.Millisecond)
				}
				bm.StopTimer()
				ours, theirs = ours+used(), theirs+b.usedByRedis()
				cancel()
				if err := <-ended; err != nil {
					bm.Error(err)
				}
				bm.StartTimer()
			}
			report(bm, ours)
			bm.ReportMetric(float64(theirs.Microseconds())/float64(bm.N)/manyRuns, "redis-us/run")
		})
	}
}

func report(bm *testing.B, ours time.Duration) {
	runs := float64(bm.N) * manyRuns
	bm.ReportMetric(runs/bm.Elapsed().Seconds(), "runs/s")
	bm.ReportMetric(float64(bm.Elapsed().Nanoseconds())/1000/runs, "us/run")
	bm.ReportMetric(float64(ours.Nanoseconds())/1000/runs, "cpu-us/run")
}

// instant answers at once, so that only the worker's own work is left.
type instant struct {
	mu    sync.Mutex
	left  int
	acked int
	ended chan struct{}
}

func (f *instant) Exchange(_ context.Context, acks jobs.Acks, take *jobs.Take) (done jobs.Exchanged, _ error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.acked += len(acks.Ends)
	if f.acked == manyRuns {
		f.acked = 0
		close(f.ended)
	}
	if take != nil {
		all := make([]jobs.Attempt, min(f.left, take.Want))
		for i := range all {
			f.left--
			all[i] = jobs.Attempt{Run: "mail#1", Job: "mail", Runner: "mail", Token: strconv.Itoa(f.left), Start: time.Now()}
			done.Taken = append(done.Taken, &all[i])
		}
	}
	return done, nil
}

func (f *instant) Jrenew(context.Context, jobs.Renew) (jobs.Renewed, error) {
	return jobs.Renewed{}, nil
}

func (f *instant) Jleave(context.Context, string) (bool, error) { return true, nil }

// BenchmarkOverhead measures the same without Redis.
func BenchmarkOverhead(bm *testing.B) {
	var ours time.Duration
	bm.ReportAllocs()
	for bm.Loop() {
		f := &instant{left: manyRuns, ended: make(chan struct{})}
		w, err := worker.New(f, nil, worker.Config{Concurrency: 400, Runners: nop("mail")})
		if err != nil {
			bm.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ours -= used()
		go func() {
			<-f.ended
			cancel()
		}()
		if err := w.Run(ctx); err != nil {
			bm.Error(err)
		}
		ours += used()
	}
	report(bm, ours)
}
