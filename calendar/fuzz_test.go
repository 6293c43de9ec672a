package calendar_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
)

// FuzzCron looks that no expression makes Compile panic, Next go back or stand
// still, and that neither takes long.
func FuzzCron(f *testing.F) {
	for _, expr := range []string{
		"*/5 * * * *", "0 0 29 2 MON#5", "H(0-29)/10 ~ 15W,LW,L-3 * 5L", "22-2 FRI-MON * * *", "@every 90s", "0 0 31 2 *", "*/0", "H( * * * *",
		"0 0 * * 7-7/7", "59 59 23 31 12 6", "~/ * * * *", "\xff * * * *", "@daily x",
	} {
		f.Add("a", expr, "Europe/Berlin", int64(1.8e9))
	}
	f.Add("b", "0 0 * * *", "America/Havana", int64(4e9))
	f.Add("b", "30 2 * * *", "Pacific/Apia", int64(1.325e9))
	f.Fuzz(func(t *testing.T, id, expr, zone string, from int64) {
		begin := time.Now()
		r, err := calendar.Compile(id, jobs.Schedule{Cron: expr, Timezone: zone})
		if err != nil {
			var m *calendar.Mistake
			if errors.As(err, &m) && !strings.Contains(m.Caret(), "^") {
				t.Errorf("%q: no mark in %q", expr, m.Caret())
			}
			if !errors.Is(err, jobs.ErrInvalid) {
				t.Errorf("%q: %v is not ErrInvalid", expr, err)
			}
			return
		}
		at := time.Unix(from, 0)
		for range 100 {
			next, ok := r.Next(at)
			if !ok {
				break
			}
			if !next.After(at) {
				t.Fatalf("%q in %q: %v, then %v", expr, zone, at, next)
			}
			at = next
		}
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("%q in %q: 100 times took %v", expr, zone, took)
		}
		_ = calendar.Words(jobs.Schedule{Cron: expr, Timezone: zone})
	})
}

// FuzzPlan looks that any spec is planned or refused, and soon.
func FuzzPlan(f *testing.F) {
	for _, spec := range []string{
		"0 5 * * *|Europe/Berlin|skip|both|sat,12-24..01-06|@every 90s;H 1 * * *|60|3600|1700000000.5|a|b", "@reboot|||||||||",
		"0 0 * * MON||||mon|||||", "* * * * * *||||01-01..12-30|||||", "|||||||1e9|0|", "||||||5|||",
	} {
		f.Add(spec, int64(1.7e9), int64(1.8e9))
	}
	f.Fuzz(func(t *testing.T, spec string, from, now int64) {
		begin := time.Now()
		line, err := calendar.Plan(spec, time.Unix(from, 0), time.Unix(now, 0))
		if err != nil {
			if !errors.Is(err, jobs.ErrInvalid) {
				t.Errorf("%q: %v is not ErrInvalid", spec, err)
			}
			return
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%q from %d to %d: took %v", spec, from, now, took)
		}
		items := strings.Split(string(line), " ")
		if len(items) < 3 || items[len(items)-1] != "" || len(items) > 3+300+64+2 {
			t.Errorf("%q: %q", spec, line)
		}
	})
}
