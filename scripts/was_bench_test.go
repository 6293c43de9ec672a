package scripts

import (
	"context"
	"fmt"
	"testing"
)

// BenchmarkRedefine loads 20,000 jobs onto a board that has run some: new ones, the same
// again, and with other texts. The figures are microseconds of Redis' processor a job.
func BenchmarkRedefine(b *testing.B) {
	c, rdb := commandsFor(b)
	ctx := context.Background()
	if err := rdb.HSet(ctx, c.keys.Stats(), "queued", 1).Err(); err != nil {
		b.Fatal(err)
	}
	const n = 20_000
	figures := map[string][]float64{}
	load := func(what string, round, version int) {
		before := processor(b, rdb)
		for i := 0; i < n; i += 500 {
			list := make([]Metadata, 500)
			for j := range list {
				id := fmt.Sprint(round, "-", i+j)
				list[j] = Metadata{id, fmt.Sprintf(`{"id":%q,"start":1900000000,"runner":"shell","interval":60,"v":%d,"payload":%q}`, id, version, payload100)}
			}
			if _, err := c.Jload(ctx, "", false, list); err != nil {
				b.Fatal(err)
			}
		}
		figures[what] = append(figures[what], (processor(b, rdb)-before)*1e6/n)
	}
	for round := 0; b.Loop(); round++ {
		load("new", round, 1)
		load("same", round, 1)
		load("other", round, 2)
		load("other-again", round, 3)
	}
	for what, values := range figures {
		b.ReportMetric(median(values), what+"-us/job")
	}
}

// BenchmarkFireOnce fires 20,000 jobs that run once and so leave the board.
func BenchmarkFireOnce(b *testing.B) {
	c, rdb := commandsFor(b)
	ctx := context.Background()
	const n = 20_000
	var cost []float64
	for round := 0; b.Loop(); round++ {
		for i := 0; i < n; i += 500 {
			list := make([]Metadata, 500)
			for j := range list {
				id := fmt.Sprint(round, "-", i+j)
				list[j] = Metadata{id, fmt.Sprintf(`{"id":%q,"start":1000,"runner":"shell","payload":%q}`, id, payload100)}
			}
			if _, err := c.Jload(ctx, "", false, list); err != nil {
				b.Fatal(err)
			}
		}
		before := processor(b, rdb)
		for more := int64(1); more > 0; {
			var err error
			if more, err = c.Jtick(ctx, "", 500, "shell"); err != nil {
				b.Fatal(err)
			}
		}
		cost = append(cost, (processor(b, rdb)-before)*1e6/n)
		if left := rdb.HLen(ctx, "jobs").Val(); left != 0 {
			b.Fatalf("%d jobs are left, want none", left)
		}
	}
	b.ReportMetric(median(cost), "us/job")
}
