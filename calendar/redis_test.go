package calendar_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
	"github.com/jobs-agent/jobs/internal/redistest"
	"github.com/jobs-agent/jobs/scripts"
)

// The numbers are drawn such that both sides compute them without rounding (whole
// and binary fractions, lambdas that are powers of two), so that the answers have
// to be the same, to the last digit of a score.
func TestJnextAndAfterAnswerTheSame(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	commands, err := scripts.New(rdb, "jobs")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		quarters := func(label string, least, most int) float64 {
			return float64(rapid.IntRange(least, most).Draw(t, label)) / 4
		}
		start := quarters("start", 0, 8e9)
		s := jobs.Schedule{Interval: seconds(quarters("interval", 1, 4e6)), Start: at(start)}
		s.Lambda = rapid.SampledFrom([]float64{0, 1, 0.5, 0.25, 2, 4}).Draw(t, "lambda")
		step := quarters("step", 4, 4e5)
		s.Step = seconds(step)
		due := start + quarters("due", 0, 1e6)
		now := due + rapid.SampledFrom([]float64{0, 0.25, 1, 59.75, 3600, 86400, 1e6}).Draw(t, "late") + quarters("later", 0, 4e3)
		if s.Lambda != 0 && s.Lambda != 1 {
			age := math.Floor((now - start) / step)
			if age > 3 { // beyond, the interval has more digits than nanoseconds
				s.Step = seconds(math.Ceil((now-start)/3 + 1))
			}
		}
		bounds := ""
		if rapid.Bool().Draw(t, "bounded") {
			s.Min, s.Max = seconds(quarters("min", 1, 4e4)), seconds(quarters("max", 4e4, 4e6))
			bounds = fmt.Sprintf(`,"min":%v,"max":%v`, s.Min.Seconds(), s.Max.Seconds())
		}
		text := fmt.Sprintf(`{"id":"a","start":%v,"runner":"r","interval":%v,"lambda":%q,"step":%q%s,"payload":""}`,
			scripts.UnixSeconds(at(start)), s.Interval.Seconds(), fmt.Sprint(s.Lambda), fmt.Sprintf("%f", s.Step.Seconds()), bounds)
		ctx := t.Context()
		rdb.HSet(ctx, "jobs", "a", text)
		rdb.Do(ctx, "ZADD", "jobs:schedule", scripts.UnixSeconds(at(due)), "a")
		reply, err := commands.Jnext(ctx, scripts.UnixSeconds(at(now)), "a")
		if err != nil {
			t.Fatal(err)
		}
		score, err := rdb.ZScore(ctx, "jobs:schedule", "a").Result()
		if err != nil {
			t.Fatal(err)
		}
		want, ok := calendar.After(s, at(due), at(now))
		if !ok || at(score).Sub(want).Abs() > time.Microsecond {
			t.Fatalf("%s due %v at %v: JNEXT schedules %f, After answers %f, %v", text, due, now, score, float64(want.UnixMicro())/1e6, ok)
		}
		if reply != int64(math.Floor(score)) {
			t.Fatalf("JNEXT answers %d for %f", reply, score)
		}
	})
}

func TestJnextAndAfterEndAlike(t *testing.T) {
	t.Parallel()
	rdb := redistest.Start(t).Client()
	commands, err := scripts.New(rdb, "jobs")
	if err != nil {
		t.Fatal(err)
	}
	for _, now := range []string{"1059", "1060", "1061"} {
		rdb.HSet(t.Context(), "jobs", "a", `{"id":"a","start":1000,"runner":"r","interval":60,"stop":"1060","payload":""}`)
		rdb.Do(t.Context(), "ZADD", "jobs:schedule", 1000, "a")
		reply, err := commands.Jnext(t.Context(), now, "a")
		if err != nil {
			t.Fatal(err)
		}
		var n float64
		fmt.Sscan(now, &n)
		next, ok := calendar.After(jobs.Schedule{Interval: time.Minute, Start: at(1000), Stop: at(1060)}, at(1000), at(n))
		if ended := reply == -1; ended == ok || ok && next.Unix() != reply {
			t.Errorf("at %s: JNEXT answers %d, After %v, %v", now, reply, next, ok)
		}
	}
}
