package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jobs-agent/jobs/calendar"
)

// span is the value of a flag that takes a duration.
type span struct {
	d   time.Duration
	set bool
}

func (s *span) Set(text string) (err error) {
	s.d, err = calendar.ParseDuration(text)
	s.set = err == nil
	return err
}

func (s *span) Type() string { return "duration" }

func (s *span) String() string {
	if s.d == 0 {
		return ""
	}
	return calendar.FormatDuration(s.d)
}

// amount is the value of a flag that takes a number of units.
type amount struct {
	n   float64
	set bool
}

func (a *amount) Set(text string) error {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || n < 0 {
		return fmt.Errorf("%q is not a number from 0 up", text)
	}
	a.n, a.set = n, true
	return nil
}

func (a *amount) Type() string { return "number" }

func (a *amount) String() string {
	if !a.set {
		return ""
	}
	return strconv.FormatFloat(a.n, 'g', -1, 64)
}

// instant is the value of a flag that takes a time. What it means is known when
// the clock is: ask at.
type instant struct{ text string }

func (i *instant) Set(text string) error {
	i.text = strings.TrimSpace(text)
	_, err := i.at(time.Now())
	return err
}

func (i *instant) Type() string { return "time" }

func (i *instant) String() string { return i.text }

// relative tells whether the time counts from now.
func (i *instant) relative() bool {
	return i.text == "now" || strings.HasPrefix(i.text, "+") && !i.none()
}

// none tells whether no time is meant: nothing, or one of the ways in which
// clients of 2014 say so.
func (i *instant) none() bool {
	n, err := strconv.ParseFloat(i.text, 64)
	return i.text == "" || err == nil && (n < 0 || math.IsInf(n, 1))
}

func (i *instant) at(now time.Time) (time.Time, error) {
	if i.none() {
		return time.Time{}, nil
	}
	return calendar.ParseTime(i.text, now)
}
