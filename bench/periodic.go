package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jobs-agent/jobs/internal/measure"
)

// schedule is what the experiments with periodic jobs ask of a peer.
type schedule interface {
	// Register makes the peer know the jobs of a plan, in the fastest way there is.
	// Peers that keep schedules in their own process begin with Tick.
	Register(ctx context.Context, p plan) error
	// Tick fires and runs the jobs until all of the plan's periods have been started,
	// or one period more has passed.
	Tick(ctx context.Context, p plan) (ticked, error)
}

// plan is a number of jobs that do nothing, with payloads of 100 bytes.
type plan struct {
	N        int           `json:"n"`
	Due      time.Time     `json:"due"` // of the first job, a whole second
	Interval time.Duration `json:"interval"`
	Periods  int           `json:"periods"` // so many nominal times of each job are looked at
	Apart    time.Duration `json:"apart"`   // between one job and the next; 0: all are due at once
}

// after is until when to wait for what is late.
func (p plan) after() time.Time { return p.Due.Add(time.Duration(p.Periods+1) * p.Interval) }

func (p plan) slots() int { return p.N * p.Periods }

// slot tells which of its nominal times a time is, of job i.
func (p plan) slot(i int, due time.Time) int {
	first := p.Due.Add(time.Duration(i) * p.Apart)
	return int((due.Sub(first) + p.Interval/2) / p.Interval)
}

// ticked is what became of the plan's nominal times.
type ticked struct {
	Queued    measure.Spread `json:"queued"`    // due to queued, where that can be known
	Started   measure.Spread `json:"started"`   // due to started
	Last      time.Duration  `json:"last"`      // from the first nominal time to the last one's queueing, likewise
	Collapsed int            `json:"collapsed"` // ran together with a later one, and the run says so
	Lost      int            `json:"lost"`      // nobody can say what became of them; where that can be counted
	Counted   bool           `json:"counted"`   // Lost was counted
	Runs      int            `json:"runs"`      // those of later nominal times included; 0: unknown
	Peak      int64          `json:"peak"`      // bytes that the process had resident at most; 0: ask the system
}

// tries is how often a plan is begun anew whose registration took until it was due.
const tries = 3

func periodicExperiment(name string, n, periods int, interval time.Duration, rows ...candidate) experiment {
	return experiment{
		name:  name,
		title: fmt.Sprintf("Periodic jobs: %s due at the same instant, each %v, %d times; lateness in seconds", count(float64(n)), interval, periods),
		rows:  rows,
		columns: []column{
			{key: "queued50", title: "queued p50", form: precise},
			{key: "queued", title: "all", form: precise},
			{key: "p50", title: "started p50", form: precise},
			{key: "p99", title: "p99", form: precise},
			{key: "all", title: "all", form: precise, rates: lower},
			{key: "started", title: "started %", form: decimal},
			{key: "collapsed", title: "collapsed", form: count},
			{key: "lost", title: "lost", form: count},
			{key: "fired", title: "fired/s", form: count},
			{key: "of LPUSH", title: "to LPUSH", form: share},
			{key: "LPUSH", title: "LPUSH/s", form: count},
			{key: "peak", title: "peak MB", form: decimal},
			{key: "store", title: "store MB", form: decimal},
			{key: "cpu", title: "CPU us/run", form: decimal, rates: lower},
		},
		run: func(ctx context.Context, s *stand) (values, error) {
			lead := interval + 2*time.Second + time.Duration(n)*50*time.Microsecond
			if s.candidate.peer == "bullmq" {
				lead += time.Duration(n) * 150 * time.Microsecond
			}
			var err error
			for range tries {
				var v values
				var inTime bool
				if v, inTime, err = s.periodic(ctx, n, periods, interval, lead); err != nil || inTime {
					return v, err
				}
				lead *= 3
				if err := s.anew(ctx); err != nil {
					return nil, err
				}
			}
			return nil, fmt.Errorf("the registration of %d jobs took longer than %v", n, lead/3)
		},
	}
}

// periodic answers false when the jobs were due before they were registered.
func (s *stand) periodic(ctx context.Context, n, periods int, interval, lead time.Duration) (values, bool, error) {
	v := values{}
	server, isRedis := s.store.(*redisServer)
	floors := isRedis && s.candidate.peer == "jobs"
	floor := 0.0
	if floors {
		var err error
		if floor, err = server.lpushFloor(ctx); err != nil {
			return nil, false, err
		}
	}
	p, err := s.start(ctx)
	if err != nil {
		return nil, false, err
	}
	jobs := plan{N: n, Due: time.Now().Add(lead).Truncate(time.Second), Interval: interval, Periods: periods}
	if err := p.Register(ctx, jobs); err != nil {
		return nil, false, err
	}
	if !s.keepsJobs() { // what fires is not what has loaded them
		if p, err = s.start(ctx); err != nil {
			return nil, false, err
		}
	}
	if time.Until(jobs.Due) < time.Second || s.keepsJobs() && time.Until(jobs.Due) < interval {
		return nil, false, nil
	}
	peer, stored, err := s.used(ctx)
	if err != nil {
		return nil, false, err
	}
	done, err := p.Tick(ctx, jobs)
	if err != nil {
		return nil, false, err
	}
	peerAfter, storedAfter, err := s.used(ctx)
	if err != nil {
		return nil, false, err
	}
	peak := done.Peak
	if peak == 0 {
		if _, peak, err = resident(p.cmd.Process.Pid); err != nil {
			return nil, false, err
		}
	}
	memory, err := s.store.memory(ctx)
	if err != nil {
		return nil, false, err
	}
	v["p50"], v["p99"], v["all"] = done.Started.P50/1000, done.Started.P99/1000, done.Started.Max/1000
	v["started"] = 100 * float64(done.Started.N) / float64(jobs.slots())
	v["peak"], v["store"] = megabytes(peak), megabytes(memory)
	v["cpu"] = float64((peerAfter - peer + storedAfter - stored).Microseconds()) / float64(max(1, done.Started.N, done.Runs))
	if done.Queued.N > 0 {
		v["queued50"], v["queued"] = done.Queued.P50/1000, done.Queued.Max/1000
		v["fired"] = float64(n) / v["queued"]
		if v["queued"] > interval.Seconds() { // it was behind all the time
			v["fired"] = float64(done.Queued.N) / done.Last.Seconds()
		}
	}
	if done.Counted {
		v["collapsed"], v["lost"] = float64(done.Collapsed), float64(done.Lost)
	}
	if floors {
		again, err := server.lpushFloor(ctx)
		if err != nil {
			return nil, false, err
		}
		v["LPUSH"] = (floor + again) / 2
		v["of LPUSH"] = v["fired"] / v["LPUSH"]
	}
	return v, true, nil
}

func megabytes(n int64) float64 { return float64(n) / (1 << 20) }
