package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/measure"
)

// asynqPeer is asynq with its default concurrency of the documentation's examples.
type asynqPeer struct {
	redis     asynq.RedisClientOpt
	rdb       *redis.Client
	servers   int
	check     time.Duration // 0: the default, a second
	scheduler *asynq.Scheduler
	plan      plan
	queued    measure.Histogram
	fires     []atomic.Int32 // so often each job was fired
	last      atomic.Int64
}

func openAsynq(_ context.Context, store, setting string) (peer, error) {
	a := &asynqPeer{redis: asynq.RedisClientOpt{Addr: store, PoolSize: 60}, rdb: redis.NewClient(&redis.Options{Addr: store}), servers: 1}
	switch setting {
	case "4 servers":
		a.servers = 4
	case "eager":
		a.check = 5 * time.Millisecond
	}
	return a, nil
}

func (a *asynqPeer) Enqueue(ctx context.Context, n int) error {
	client := asynq.NewClient(a.redis)
	defer func() { _ = client.Close() }()
	return measure.InParallel(50, n, 100, func(from, to int) error {
		for i := from; i < to; i++ {
			if _, err := client.EnqueueContext(ctx, asynq.NewTask(nop, []byte(payload(i)))); err != nil {
				return err
			}
		}
		return nil
	})
}

// serve starts the servers. Nothing stops them but the end of the process, since a
// server waits for its own pauses to end.
func (a *asynqPeer) serve(handle func(payload []byte)) error {
	for range a.servers {
		server := asynq.NewServer(a.redis, asynq.Config{Concurrency: 50, TaskCheckInterval: a.check, LogLevel: asynq.FatalLevel})
		err := server.Start(asynq.HandlerFunc(func(_ context.Context, t *asynq.Task) error {
			handle(t.Payload())
			return nil
		}))
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *asynqPeer) Work(ctx context.Context, n int) error {
	left := measure.NewCountdown(n)
	if err := a.serve(func([]byte) { left.One() }); err != nil {
		return err
	}
	if err := left.Wait(ctx, patience); err != nil {
		return err
	}
	return untilIt(ctx, soon, func() bool { return a.rdb.LLen(ctx, "asynq:{default}:active").Val() == 0 })
}

func (a *asynqPeer) Trickle(ctx context.Context, n int, every time.Duration) (measure.Spread, error) {
	var late measure.Histogram
	calls, left := newStamps(n), measure.NewCountdown(n)
	err := a.serve(func(payload []byte) {
		late.Add(calls.since(string(payload)))
		left.One()
	})
	if err != nil {
		return measure.Spread{}, err
	}
	client := asynq.NewClient(a.redis)
	defer func() { _ = client.Close() }()
	err = calls.pace(every, func(i int) error {
		_, err := client.EnqueueContext(ctx, asynq.NewTask(nop, []byte(payload(i))))
		return err
	})
	if err == nil {
		err = left.Wait(ctx, soon)
	}
	return late.Spread(), err
}

func (a *asynqPeer) Register(_ context.Context, p plan) error {
	a.fires = make([]atomic.Int32, p.N)
	a.scheduler = asynq.NewScheduler(a.redis, &asynq.SchedulerOpts{LogLevel: asynq.FatalLevel, PostEnqueueFunc: a.enqueued})
	for i := range p.N {
		if _, err := a.scheduler.Register("@every "+p.Interval.String(), asynq.NewTask(nop, []byte(payload(i)))); err != nil {
			return err
		}
	}
	return nil
}

func (a *asynqPeer) enqueued(info *asynq.TaskInfo, err error) {
	if err != nil {
		return
	}
	if i, err := strconv.Atoi(string(info.Payload[:8])); err == nil {
		if late, ok := a.late(a.fires, i); ok {
			a.queued.Add(late)
			a.last.Store(int64(time.Since(a.plan.Due)))
		}
	}
}

// late takes the k-th coming of a job for its k-th nominal time, which asynq's tasks
// do not tell; false when that is none of the plan's.
func (a *asynqPeer) late(came []atomic.Int32, i int) (time.Duration, bool) {
	k := int(came[i].Add(1)) - 1
	return time.Since(a.plan.Due.Add(time.Duration(k) * a.plan.Interval)), k < a.plan.Periods
}

// Tick lets another process run the tasks, as the documentation has it: beside the
// goroutines that the scheduler starts for all entries at once, a server in the same
// process hardly comes to its turn.
func (a *asynqPeer) Tick(ctx context.Context, p plan) (ticked, error) {
	a.plan = p
	if a.scheduler == nil {
		return a.runScheduled(ctx)
	}
	server, err := startRemote(ctx, candidate{peer: "asynq"}, a.redis.Addr, "")
	if err != nil {
		return ticked{}, err
	}
	defer server.close()
	// Entries are due first one interval after the second in which the scheduler
	// starts.
	begin := p.Due.Add(-p.Interval)
	if time.Until(begin) < 0 {
		return ticked{}, fmt.Errorf("too late by %v to be due in time", -time.Until(begin))
	}
	failed := make(chan error, 1)
	go func() {
		<-time.After(time.Until(begin) + 20*time.Millisecond)
		failed <- a.scheduler.Start()
	}()
	done, err := server.Tick(ctx, p)
	if err == nil {
		err = <-failed
	}
	done.Queued, done.Last = a.queued.Spread(), time.Duration(a.last.Load())
	if _, own, errOwn := resident(os.Getpid()); errOwn == nil {
		done.Peak = own // with that of the server, which is its child
	}
	return done, err
}

func (a *asynqPeer) runScheduled(ctx context.Context) (ticked, error) {
	var started measure.Histogram
	came, left := make([]atomic.Int32, a.plan.N), measure.NewCountdown(a.plan.slots())
	err := a.serve(func(payload []byte) {
		i, err := strconv.Atoi(string(payload[:8]))
		if err != nil {
			return
		}
		if late, ok := a.late(came, i); ok {
			started.Add(late)
			left.One()
		}
	})
	if err != nil {
		return ticked{}, err
	}
	_ = left.Wait(ctx, time.Until(a.plan.after())) // what has not come by then is what is measured
	return ticked{Started: started.Spread()}, nil
}
