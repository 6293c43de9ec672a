package scripts

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/internal/redistest"
)

// The benchmarks print rates as ratios to the raw floor of the same Redis in the
// same run: LPUSH of 100 bytes, pipelined by 64. Run them with
//
//	go test -run '^$' -bench . -benchtime 3x ./scripts
//
// The machine's speed drifts; the ratios do not.

var payload100 = strings.Repeat("x", 100)

// floor is the rate of pipelined LPUSH, the median of three.
func floor(b *testing.B, rdb *redis.Client) float64 {
	b.Helper()
	var rates []float64
	for range 3 {
		const n = 64 * 800
		start := time.Now()
		for range n / 64 {
			if _, err := rdb.Pipelined(b.Context(), func(p redis.Pipeliner) error {
				for range 64 {
					p.LPush(b.Context(), "floor", payload100)
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
		}
		rates = append(rates, n/time.Since(start).Seconds())
		rdb.Del(b.Context(), "floor")
	}
	slices.Sort(rates)
	return rates[1]
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func percentile(values []time.Duration, p float64) time.Duration {
	slices.Sort(values)
	return values[int(math.Ceil(p*float64(len(values))))-1]
}

func commandsFor(b *testing.B) (*Commands, *redis.Client) {
	b.Helper()
	rdb := redistest.Start(b).Client()
	c, err := New(rdb, "jobs")
	if err == nil {
		err = c.Install(b.Context())
	}
	if err != nil {
		b.Fatal(err)
	}
	return c, rdb
}

func BenchmarkFire(b *testing.B) {
	for name, text := range map[string]func(id string, start int) string{
		"own": func(id string, start int) string {
			return fmt.Sprintf(`{"id":%q,"start":%d,"runner":"shell","interval":60,"payload":%q}`, id, start, payload100)
		},
		"forbid": func(id string, start int) string {
			return fmt.Sprintf(`{"id":%q,"start":%d,"runner":"shell","interval":60,"overlap":"forbid","retries":3,"payload":%q}`, id, start, payload100)
		},
		"foreign": func(id string, start int) string {
			return fmt.Sprintf(`{"payload":%q,"runner":"shell","id":%q,"interval":60,"start":%d}`, payload100, id, start)
		},
		"mixed": mixed,
	} {
		b.Run(name, func(b *testing.B) { benchmarkFire(b, text) })
	}
}

// mixed are jobs of four types that forbid overlap, every other one with one of 60
// cron schedules.
func mixed(id string, start int) string {
	n, _ := strconv.Atoi(strings.TrimPrefix(id, "job-"))
	n /= 10 // of those that are due
	when := `"interval":60`
	if n%2 == 1 {
		when = fmt.Sprintf(`"cron":"* * * * *","timezone":"Zone/%d"`, n%60)
	}
	return fmt.Sprintf(`{"id":%q,"start":%d,"runner":%q,%s,"overlap":"forbid","retries":3,"payload":%q}`,
		id, start, []string{"shell", "mail", "http", "exec"}[n/2%4], when, payload100)
}

// plans are the times of the schedules of mixed: each minute from the start on.
func plans(start, n int) []jobs.Plan {
	var line strings.Builder
	fmt.Fprintf(&line, "2026a %d.000 ", start-60)
	for i := range n {
		fmt.Fprintf(&line, "%d ", start+60*i)
	}
	list := make([]jobs.Plan, 60)
	for i := range list {
		list[i] = jobs.Plan{Spec: fmt.Sprintf("* * * * *|Zone/%d||||||||", i), Line: line.String()}
	}
	return list
}

// benchmarkFire fires 100,000 due jobs of a board of 1,000,000.
func benchmarkFire(b *testing.B, text func(id string, start int) string) {
	const all, due = 1_000_000, 100_000
	c, rdb := commandsFor(b)
	ctx := context.Background()
	const first = 1_795_858_320
	types := []string{"shell", "mail", "http", "exec"}
	if err := c.Jplan(ctx, fmt.Sprint(first-100), plans(first, 100)); err != nil {
		b.Fatal(err)
	}
	empty := usedMemory(b, rdb)
	for i := 0; i < all; i += 1000 {
		list := make([]Metadata, 0, 1000)
		for j := i; j < i+1000; j++ {
			start := first
			if j%(all/due) != 0 {
				start = first + 1_000_000
			}
			id := fmt.Sprintf("job-%07d", j)
			list = append(list, Metadata{id, text(id, start)})
		}
		if _, err := c.Jload(ctx, fmt.Sprint(first-100), false, list); err != nil {
			b.Fatal(err)
		}
	}
	bytes := float64(usedMemory(b, rdb)-empty) / all

	var ratios, rates []float64
	var calls []time.Duration
	round := 0
	for b.Loop() {
		now := fmt.Sprint(first + 60*round)
		round++
		start, total := time.Now(), int64(0)
		for more := true; more; {
			call := time.Now()
			fired, err := c.Jfire(ctx, now, 500, "", types)
			if err != nil {
				b.Fatal(err)
			}
			calls = append(calls, time.Since(call))
			total += fired.Queued
			more = fired.More
		}
		rate := float64(total) / time.Since(start).Seconds()
		if total != due {
			b.Fatalf("fired %d, want %d", total, due)
		}
		b.StopTimer()
		for _, kind := range types {
			rdb.Del(ctx, "jobs:queue:"+kind)
		}
		rates, ratios = append(rates, rate), append(ratios, rate/floor(b, rdb))
		b.StartTimer()
	}
	b.ReportMetric(median(rates), "fires/s")
	b.ReportMetric(median(ratios), "of-LPUSH-floor")
	b.ReportMetric(float64(percentile(calls, 0.5))/1e6, "ms/call-p50")
	b.ReportMetric(float64(percentile(calls, 0.99))/1e6, "ms/call-p99")
	b.ReportMetric(bytes, "B/job")
}

func usedMemory(b *testing.B, rdb *redis.Client) int64 {
	b.Helper()
	var used int64
	text := rdb.Info(b.Context(), "memory").Val()
	_, rest, _ := strings.Cut(text, "used_memory:")
	if _, err := fmt.Sscan(rest, &used); err != nil {
		b.Fatalf("read used_memory: %v", err)
	}
	return used
}

// BenchmarkPut puts jobs one by one, and by 500 in one call.
func BenchmarkPut(b *testing.B) {
	c, rdb := commandsFor(b)
	ctx := context.Background()
	raw := floor(b, rdb)
	const n = 5_000
	var single, bulk []float64
	for b.Loop() {
		start := time.Now()
		for i := range n {
			if err := c.Jset(ctx, Definition{ID: fmt.Sprint("a", i), Runner: "shell", Payload: payload100, Interval: "60", Fields: `{"overlap":"forbid"}`}); err != nil {
				b.Fatal(err)
			}
		}
		single = append(single, n/time.Since(start).Seconds())
		start = time.Now()
		for i := 0; i < 10*n; i += 500 {
			list := make([]Metadata, 500)
			for j := range list {
				id := fmt.Sprint("b", i+j)
				list[j] = Metadata{id, fmt.Sprintf(`{"id":%q,"start":1000,"runner":"shell","interval":60,"overlap":"forbid","payload":%q}`, id, payload100)}
			}
			if _, err := c.Jload(ctx, "", true, list); err != nil {
				b.Fatal(err)
			}
		}
		bulk = append(bulk, 10*n/time.Since(start).Seconds())
	}
	b.ReportMetric(median(single), "puts/s")
	b.ReportMetric(median(bulk), "loads/s")
	b.ReportMetric(median(bulk)/raw, "loads-of-LPUSH-floor")
}

// processor answers the processor seconds that the main thread of Redis has used. On
// a busy machine they say more than the time of the clock.
func processor(b *testing.B, rdb *redis.Client) float64 {
	b.Helper()
	sum := 0.0
	for line := range strings.Lines(rdb.Info(context.Background(), "cpu").Val()) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok && strings.HasSuffix(name, "_main_thread") {
			seconds, err := strconv.ParseFloat(value, 64)
			if err != nil {
				b.Fatal(err)
			}
			sum += seconds
		}
	}
	return sum
}
