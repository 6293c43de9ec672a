package calendar

import (
	"fmt"
	"slices"
	"time"

	"github.com/jobs-agent/jobs"
)

// Compile checks a schedule and makes its rule. It is for planned schedules: one of
// an interval alone need not be of whole seconds, and has After. The id chooses what
// H and ~ stand for and how much jitter there is, always the same.
func Compile(id string, s jobs.Schedule) (*Rule, error) { return new(Compiler).Compile(id, s) }

// Compiler makes many rules at once and reads each zone a single time, which is most
// of the work. It is for one pass by one goroutine: what lives on would not hear of
// a newer database of the host.
type Compiler struct{ zones map[string]zone }

// Compile is like the function.
func (c *Compiler) Compile(id string, s jobs.Schedule) (*Rule, error) {
	r := &Rule{gap: s.Gap, fold: s.Fold, start: earliest, stop: latest}
	if err := r.bound(s); err != nil {
		return nil, err
	}
	var err error
	if r.zone, err = c.zone(s.Timezone); err != nil {
		return nil, err
	}
	if r.except, err = parseExcept(s.Except); err != nil {
		return nil, err
	}
	if s.Interval > 0 {
		if err := r.every(s.Start, s.Interval); err != nil {
			return nil, fmt.Errorf("interval %w", err)
		}
	}
	also := s.Also
	if s.Cron != "" {
		also = slices.Concat([]string{s.Cron}, s.Also)
	}
	for _, text := range also {
		if err := r.add(id, text, s.Start); err != nil {
			return nil, err
		}
	}
	if s.Interval == 0 && len(also) == 0 {
		return nil, fmt.Errorf("schedule: %w: except and jitter alone make no times; a cron expression or an interval is missing", jobs.ErrInvalid)
	}
	if s.Jitter > 0 {
		r.offset = int64(spread(id, "jitter") % uint64(s.Jitter/time.Second))
	}
	return r, r.fires()
}

func (c *Compiler) zone(name string) (zone, error) {
	if known, ok := c.zones[name]; ok {
		return known, nil
	}
	z, err := loadZone(name)
	if err == nil {
		if c.zones == nil {
			c.zones = map[string]zone{}
		}
		c.zones[name] = z
	}
	return z, err
}

// bound checks what has nothing to do with the times of day.
func (r *Rule) bound(s jobs.Schedule) error {
	switch {
	case s.Gap != "" && s.Gap != jobs.Shift && s.Gap != jobs.SkipTime:
		return fmt.Errorf("dst_gap %q: %w: allowed are shift, skip", s.Gap, jobs.ErrInvalid)
	case s.Fold != "" && s.Fold != jobs.First && s.Fold != jobs.Second && s.Fold != jobs.Both:
		return fmt.Errorf("dst_overlap %q: %w: allowed are first, second, both", s.Fold, jobs.ErrInvalid)
	case s.Jitter < 0 || s.Jitter > Day || s.Jitter%time.Second != 0:
		return fmt.Errorf("jitter %v: %w: whole seconds up to a day are allowed", s.Jitter, jobs.ErrInvalid)
	case s.Lambda != 0 && s.Lambda != 1 || s.Step != 0:
		return fmt.Errorf("lambda and step: %w: they change an interval and go with no cron, schedules, except or jitter", jobs.ErrInvalid)
	}
	if !s.Start.IsZero() {
		r.start = ceiling(s.Start)
	}
	if !s.Stop.IsZero() {
		r.stop = s.Stop.Unix()
	}
	return nil
}

// every adds the times of an interval.
func (r *Rule) every(start time.Time, interval time.Duration) error {
	if interval < time.Second || interval%time.Second != 0 {
		return fmt.Errorf("%s: %w: planned times are whole seconds: write 1s or more, without a fraction", FormatDuration(interval), jobs.ErrInvalid)
	}
	g := grid{0, int64(interval / time.Second)}
	if !start.IsZero() {
		g.start = ceiling(start)
	}
	r.grids = append(r.grids, g)
	return nil
}

// fires tells whether there is any time at all, whenever the schedule stops.
func (r *Rule) fires() error {
	endless := *r
	endless.stop = latest
	if _, ok := endless.next(max(r.start-1, 0)); !ok && !(r.reboot && len(r.crons)+len(r.grids) == 0) {
		return fmt.Errorf("schedule: %w: it never fires: except takes out every day on which it would", jobs.ErrInvalid)
	}
	return nil
}

// ceiling is a time in whole seconds, such as planned times are.
func ceiling(t time.Time) int64 {
	if t.Nanosecond() > 0 {
		return t.Unix() + 1
	}
	return t.Unix()
}
