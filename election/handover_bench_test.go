package election_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// BenchmarkHandover measures the time from the end of a leader to the beginning of
// the next one among three candidates.
func BenchmarkHandover(b *testing.B) {
	for name, end := range map[string]func(*candidate){
		"resign": func(c *candidate) { c.election.Resign() },
		"stop":   func(c *candidate) { c.stop() },
		"kill":   func(c *candidate) { _ = c.client.Close() },
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				g := newGroup(b)
				g.startMany(3)
				leader := g.await("a leader", 0, 2*time.Second, began)
				// The others have subscribed, and the last renewal is any time ago.
				g.quiet(1, 600*time.Millisecond+rand.N(500*time.Millisecond))
				from, start := g.count(), time.Now()
				end(leader.who)
				took = append(took, g.await("the next", from, 3*time.Second, began).at.Sub(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "max-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}
