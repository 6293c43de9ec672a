package simulation

import (
	"fmt"
	"strconv"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// job is a job with what its program does.
type job struct {
	jobs.Job
	work  time.Duration // the longest attempt
	fails float64       // share of the attempts
}

// origin is when the bubbles of synctest begin.
var origin = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// makeJobs makes some dozens of jobs. Many are due at the same times, as at the full
// hour in a real house.
func makeJobs(s seed) map[string]*job {
	all := map[string]*job{}
	add := func(id string, every time.Duration, change func(*job)) {
		j := &job{Job: jobs.Job{ID: id, Runner: []string{"common", "common", "heavy", "rare"}[s.below(4, id, "runner")], Payload: fmt.Sprintf("%s \x7f\u2713 [] %d", id, s.number(id))}}
		j.Interval = every
		j.Start = origin.Add(10*time.Minute + time.Duration(s.below(6, id, "start"))*10*time.Minute)
		j.Overlap = []jobs.Overlap{jobs.Forbid, jobs.Allow}[s.below(2, id, "overlap")]
		j.Misfire = []jobs.Misfire{jobs.RunOnce, jobs.Skip, jobs.RunAll}[s.below(3, id, "misfire")]
		if s.below(5, id, "grace") == 0 {
			j.MisfireGrace = s.between(time.Minute, 20*time.Minute, id, "how long").Round(time.Second)
		}
		j.work = s.between(5*time.Second, 2*time.Minute, id, "work")
		if s.below(3, id, "fails") == 0 {
			j.fails = 0.4
			j.Retries = s.below(4, id, "retries")
			j.Backoff = jobs.Backoff{
				Growth: []jobs.Growth{jobs.Exponential, jobs.Linear, jobs.Fixed}[s.below(3, id, "growth")],
				Delay:  s.between(5*time.Second, time.Minute, id, "delay").Round(time.Second),
				Cap:    5 * time.Minute, Jitter: []float64{0, 0.5}[s.below(2, id, "jitter")],
			}
			if s.below(3, id, "code") == 0 {
				j.NoRetryOn = []int{2}
			}
		}
		if s.below(4, id, "timeout") == 0 {
			j.Timeout = (j.work * 3 / 4).Round(time.Second)
		}
		if s.below(6, id, "lost") == 0 {
			j.OnLost = jobs.FailOnLost
		}
		if s.below(6, id, "cut off") == 0 {
			j.CutOff = jobs.StopRunning
		}
		if change != nil {
			change(j)
		}
		all[id] = j
	}
	several := func(n int, every time.Duration, change func(*job)) {
		for i := range n {
			add(fmt.Sprintf("each %v %d", every, i), every, change)
		}
	}
	last := func(n int) func(*job) {
		return func(j *job) { j.Stop = j.Start.Add(time.Duration(n-1) * j.Interval) }
	}
	several(1, 10*time.Second, func(j *job) { j.work = 8 * time.Second; last(60)(j) })
	several(1, 30*time.Second, func(j *job) { j.work = 40 * time.Second; last(40)(j) })
	several(1, time.Minute, last(150))
	several(1, 2*time.Minute, func(j *job) { j.Stop = j.Start.Add(6*time.Hour + 30*time.Second) })
	several(1, 5*time.Minute, nil)
	several(4, 10*time.Minute, nil)
	several(5, 15*time.Minute, nil)
	several(6, 30*time.Minute, nil)
	several(6, time.Hour, nil)
	several(3, 2*time.Hour, nil)
	several(3, 3*time.Hour, nil)
	several(3, 6*time.Hour, nil)
	for i := range 6 { // that outlast a lease, and most faults
		add(fmt.Sprint("long ", i), time.Duration(i+4)*10*time.Minute, func(j *job) { j.work, j.Timeout = 80*time.Minute, 0 })
	}
	for i := range 6 {
		add(fmt.Sprint("once ", i), 0, func(j *job) {
			j.Start = origin.Add(s.between(time.Hour, 22*time.Hour, j.ID, "when").Round(time.Second))
		})
	}
	add("slower", 5*time.Minute, func(j *job) { j.Lambda, j.Step = 2, 4*time.Hour })
	add("faster", 2*time.Hour, func(j *job) { j.Lambda, j.Step = 0.5, 5*time.Hour })
	return all
}

// definition is a job as JSET takes it.
func (j *job) definition() (scripts.Definition, error) {
	fields, err := j.Policies()
	d := scripts.Definition{
		ID: j.ID, Runner: j.Runner, Payload: j.Payload, Fields: fields, Start: scripts.UnixSeconds(j.Start),
		Interval: strconv.FormatFloat(j.Interval.Seconds(), 'f', -1, 64),
	}
	if !j.Stop.IsZero() {
		d.Stop = scripts.UnixSeconds(j.Stop)
	}
	if j.Lambda != 0 {
		d.Lambda = strconv.FormatFloat(j.Lambda, 'f', -1, 64)
		d.Step = strconv.FormatFloat(j.Step.Seconds(), 'f', -1, 64)
	}
	return d, err
}
