package scripts

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
)

// BenchmarkTakeAck takes and ends runs by 200 in one lane, with history: one-offs, and
// those of as many jobs, with and without a policy.
func BenchmarkTakeAck(b *testing.B) {
	const n, first = 50_000, 1_795_858_320
	b.Run("one-off", func(b *testing.B) {
		c, rdb := commandsFor(b)
		benchmarkTakeAck(b, c, rdb, n, func(int) {
			now := time.Now()
			for i := 0; i < n; i += 500 {
				entries := make([]Entry, 500)
				for j := range entries {
					entries[j] = Entry{jobs.MintRunID("mail", now), `{"id":"mail","runner":"mail","payload":"` + payload100 + `"}`}
				}
				if _, err := c.Jpush(b.Context(), "", Push{Runner: "mail", Entries: entries}); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
	for name, policies := range map[string]string{"scheduled": "", "forbid": `"overlap":"forbid","retries":3,`} {
		b.Run(name, func(b *testing.B) {
			c, rdb := commandsFor(b)
			for i := 0; i < n; i += 1000 {
				list := make([]Metadata, 0, 1000)
				for j := i; j < i+1000; j++ {
					id := fmt.Sprintf("job-%07d", j)
					list = append(list, Metadata{id, fmt.Sprintf(`{"id":%q,"start":%d,"runner":"mail","interval":60,%s"payload":%q}`, id, first, policies, payload100)})
				}
				if _, err := c.Jload(b.Context(), fmt.Sprint(first-100), false, list); err != nil {
					b.Fatal(err)
				}
			}
			benchmarkTakeAck(b, c, rdb, n, func(round int) {
				for more := true; more; {
					fired, err := c.Jfire(b.Context(), fmt.Sprint(first+60*round), 500, "", []string{"mail"})
					if err != nil {
						b.Fatal(err)
					}
					more = fired.More
				}
			})
		})
	}
}

// benchmarkTakeAck measures what it takes to empty the queue of mail, which fill fills.
func benchmarkTakeAck(b *testing.B, c *Commands, rdb *redis.Client, n int, fill func(round int)) {
	op, round, answered := int64(0), 0, 0
	var filling, serving []float64
	var spent float64 // of the processor, by Redis
	raw := floor(b, rdb)
	for b.Loop() {
		start := time.Now()
		fill(round)
		filling = append(filling, float64(n)/time.Since(start).Seconds())
		start, spent = time.Now(), spent-processor(b, rdb)
		var ends []jobs.End
		for done := 0; done < n; {
			op++
			got, err := c.Exchange(context.Background(), jobs.Acks{Lane: "w.r.1", Op: op, Held: len(ends), Done: answered, Ends: ends},
				&jobs.Take{Lane: "w.r.1", Op: op, Want: 200, Lease: 4 * time.Second, Runners: []string{"mail"}})
			if err != nil || len(got.Refused) > 0 {
				b.Fatal(err, got.Refused)
			}
			answered += 1 + min(1, len(ends))
			done += len(ends)
			ends = ends[:0]
			for _, a := range got.Taken {
				ends = append(ends, jobs.End{
					Run: a.Run, Token: a.Token, State: jobs.Succeeded, Runner: a.Runner, Agent: "w",
					Number: a.Number, Queued: a.Queued, Started: a.Start, Finished: time.Now(),
				})
			}
		}
		serving = append(serving, float64(n)/time.Since(start).Seconds())
		spent += processor(b, rdb)
		round++
	}
	b.ReportMetric(median(filling), "queued/s")
	b.ReportMetric(median(serving), "take+ack/s")
	b.ReportMetric(median(serving)/raw, "of-LPUSH-floor")
	b.ReportMetric(spent*1e6/float64(n*round), "redis-us/run")
}
