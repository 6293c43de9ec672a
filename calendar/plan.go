package calendar

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
)

// ParseSpec reads the text under which Redis keeps the plan of a schedule, which the
// commands compose from metadata:
//
//	cron|timezone|gap|fold|except, joined by a comma|schedules, joined by ;|jitter|interval|start|id
//
// Absent fields are empty; jitter, interval and start are numbers of seconds, and
// start stands only where an interval counts from it. The id is the rest of the text
// and stands only where H, ~ or jitter need it.
func ParseSpec(spec string) (id string, s jobs.Schedule, err error) {
	fields := strings.SplitN(spec, "|", 10)
	if len(fields) != 10 {
		return "", s, fmt.Errorf("plan %q: %w: it has %d of the 10 fields", spec, jobs.ErrInvalid, len(fields))
	}
	number := func(i int) float64 {
		if fields[i] == "" {
			return 0
		}
		n, wrong := strconv.ParseFloat(fields[i], 64)
		if (wrong != nil || !(n >= 0) || n > latest) && err == nil {
			err = fmt.Errorf("plan %q: %w: %q is no number of seconds", spec, jobs.ErrInvalid, fields[i])
		}
		return n
	}
	// As ParseJob rounds, so that both ways lead to the same times.
	span := func(i int) time.Duration { return time.Duration(math.Min(number(i), 9e9) * float64(time.Second)) }
	s = jobs.Schedule{
		Cron: fields[0], Timezone: fields[1], Gap: jobs.Gap(fields[2]), Fold: jobs.Fold(fields[3]),
		Except: list(fields[4], ","), Also: list(fields[5], ";"), Jitter: span(6), Interval: span(7),
	}
	if start := number(8); fields[8] != "" && err == nil {
		s.Start = time.UnixMicro(int64(math.Round(start * 1e6))).UTC()
	}
	if err != nil {
		return "", jobs.Schedule{}, err
	}
	return fields[9], s, nil
}

func list(text, by string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, by)
}

// Line is the plan of a schedule as Redis keeps it and the commands search it:
//
//	DATABASE FROM T1 T2 ... Tn
//
// with one blank between and one at the end. FROM is a time in seconds with three
// decimals, the others are Unix seconds, all the nominal times after FROM up to Tn.
// An item +N stands for at least N times that are left out. The line ends with a
// point and a blank when there is no time after Tn.
type Line string

const (
	planOldest = 100 // times after from,
	planNewest = 100 // and before now, when there are many between
	planWhole  = 300 // as many are not many yet
	planAhead  = 64
	planSure   = 2 // so many even if they lie further ahead than a line looks
	planYears  = 10
	planCount  = 200_000 // as many are counted; of more +N says less
)

// Plan computes the line of a spec: the times after from and up to now, and as many
// after now as are needed before somebody plans again.
func Plan(spec string, from, now time.Time) (Line, error) {
	id, s, err := ParseSpec(spec)
	if err != nil {
		return "", err
	}
	r, err := Compile(id, s)
	if err != nil {
		return "", err
	}
	line := fmt.Appendf(nil, "%s %s ", Database(), milliseconds(from))
	since := max(0, from.Unix())
	until := max(since, now.Unix())
	past, left := r.past(since, until)
	for i, t := range past {
		if i == planOldest && left > 0 {
			line = fmt.Appendf(line, "+%d ", left)
		}
		line = fmt.Appendf(line, "%d ", t)
	}
	for at, n := until, 0; ; n++ {
		next, ok := r.next(at)
		if !ok {
			return Line(line) + ". ", nil
		}
		if n >= planSure && (n >= planAhead || next > until+planYears*366*day) {
			return Line(line), nil
		}
		line = fmt.Appendf(line, "%d ", next)
		at = next
	}
}

// milliseconds writes a time in seconds. It never writes a later one: that would be
// to say of a time between that it was planned.
func milliseconds(t time.Time) string {
	ms := max(0, t.UnixMilli())
	return fmt.Sprintf("%d.%03d", ms/1000, ms%1000)
}

// past are the times after from up to now. When there are many, only the first and
// the last are, and left says how many lie between, at least.
func (r *Rule) past(from, now int64) (times []int64, left int) {
	var newest []int64 // a ring, once planWhole is exceeded
	n := 0
	for at := from; ; n++ {
		next, ok := r.next(at)
		if !ok || next > now {
			break
		}
		if n == planCount {
			return append(times[:planOldest], r.newest(from, now)...), n - planOldest - planNewest
		}
		at = next
		if n < planWhole {
			times = append(times, at)
		} else {
			if n == planWhole {
				newest = slices.Clone(times[planWhole-planNewest:])
			}
			newest[n%planNewest] = at
		}
	}
	if n <= planWhole {
		return times, 0
	}
	first := n % planNewest
	return slices.Concat(times[:planOldest], newest[first:], newest[:first]), n - planOldest - planNewest
}

// newest are the last times up to now, of a schedule that has at least as many after
// from. The time from which on to look is found by halving.
func (r *Rule) newest(from, now int64) (times []int64) {
	const most = 20 * planNewest
	for few, many := now, from; ; {
		since := few - (few-many)/2
		times = times[:0]
		for at := since; len(times) <= most; {
			next, ok := r.next(at)
			if !ok || next > now {
				break
			}
			times, at = append(times, next), next
		}
		switch {
		case len(times) > most && since > many:
			many = since
		case len(times) < planNewest && since < few && few-many > 1:
			few = since
		default:
			return times[max(0, len(times)-planNewest):]
		}
	}
}
