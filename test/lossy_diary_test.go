package test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
)

// execution is one call of a runner, by the clock of this process.
type execution struct {
	run        jobs.RunID
	job        string
	name       string // the first word of the payload
	agent      string
	token      string
	number     int
	begin, end time.Time
}

// diary is a runner that does what the payload says and writes it down:
// "NAME takes=20ms fails=2" takes 20 ms and fails in the first two attempts.
type diary struct {
	mu   sync.Mutex
	list []*execution
}

func (d *diary) Run(ctx context.Context, a *jobs.Attempt) error {
	e := &execution{run: a.Run, job: a.Job, agent: a.Agent, token: a.Token, number: a.Number, begin: time.Now()}
	var takes time.Duration
	var fails int
	for _, word := range strings.Fields(a.Payload) {
		switch name, value, _ := strings.Cut(word, "="); name {
		case "takes":
			takes, _ = time.ParseDuration(value)
		case "fails":
			fails, _ = strconv.Atoi(value)
		default:
			e.name = name
		}
	}
	d.mu.Lock()
	d.list = append(d.list, e)
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		e.end = time.Now()
		d.mu.Unlock()
	}()
	if takes > 0 {
		timer := time.NewTimer(takes)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-timer.C:
		}
	}
	if a.Number <= fails {
		return fmt.Errorf("attempt %d is to fail", a.Number)
	}
	return nil
}

func (d *diary) all() []execution {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]execution, len(d.list))
	for i, e := range d.list {
		list[i] = *e
	}
	slices.SortFunc(list, func(a, b execution) int { return a.begin.Compare(b.begin) })
	return list
}

// pulse measures for how long this process was kept from running: what looks like
// silence of an agent may be the machine's.
type pulse struct {
	mu  sync.Mutex
	gap time.Duration
}

func startPulse(t *testing.T) *pulse {
	p, done := &pulse{}, make(chan struct{})
	beat := time.NewTicker(10 * time.Millisecond)
	go func() {
		last := time.Now()
		for {
			select {
			case <-done:
				return
			case <-beat.C:
			}
			now := time.Now()
			p.mu.Lock()
			p.gap = max(p.gap, now.Sub(last))
			p.mu.Unlock()
			last = now
		}
	}()
	t.Cleanup(func() {
		beat.Stop()
		close(done)
	})
	return p
}

func (p *pulse) longest() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gap
}
