package simulation

import (
	"math"
	"time"

	"github.com/jobs-agent/jobs"
)

// outcome is what one fire has to make of a job that is due.
type outcome struct {
	runs      []time.Time // nominal times to queue
	collapsed int         // further nominal times in the first run
	missed    int         // nominal times that make no run
	next      time.Time   // zero: the job has ended
}

// fire tells what a fire has to make of a job whose next nominal time is due, by the
// words of the documentation and the calendar alone.
func (j *job) fire(due, at time.Time) outcome {
	if j.Interval == 0 {
		return outcome{runs: []time.Time{due}}
	}
	passed := func(t time.Time) bool { return !j.Stop.IsZero() && t.After(j.Stop) }
	every := j.intervalAt(at)
	var times []time.Time
	t := due
	for ; !t.After(at); t = t.Add(every) {
		if !passed(t) {
			times = append(times, t)
		}
	}
	var o outcome
	if !passed(t) {
		o.next = t
	}
	late := j.MisfireGrace
	if late == 0 && j.Misfire == jobs.Skip {
		late = 5 * time.Second
	}
	good := times
	for late > 0 && len(good) > 0 && good[0].Before(at.Add(-late)) {
		good = good[1:]
	}
	switch j.Misfire {
	case jobs.RunAll:
		o.runs = good[max(0, len(good)-100):]
	case jobs.Skip:
		o.runs = good[max(0, len(good)-1):]
	default:
		o.runs = good[:min(1, len(good))]
		o.collapsed = max(0, len(good)-1)
	}
	o.missed = len(times) - len(o.runs) - o.collapsed
	return o
}

// intervalAt is the interval of a job whose interval changes with its age.
func (j *job) intervalAt(at time.Time) time.Duration {
	if j.Lambda == 0 || j.Lambda == 1 {
		return j.Interval
	}
	steps := math.Floor(float64(at.Sub(j.Start)) / float64(j.Step))
	return max(min(time.Second, j.Interval), time.Duration(float64(j.Interval)*math.Pow(j.Lambda, steps)))
}
