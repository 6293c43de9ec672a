package board

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jobs-agent/jobs/internal/redistest"
)

func dumpOf(n int) string {
	var b strings.Builder
	b.WriteString(`{"jobs":{`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"job-%07d":{"id":"job-%07d","start":1895905712,"runner":"bench","interval":5,"payload":"%s"}`, i, i, strings.Repeat("x", 100))
	}
	b.WriteString(`},"runners":{}}`)
	return b.String()
}

// BenchmarkLoad puts 20,000 jobs of a dump on a board; read is what it takes without Redis.
func BenchmarkLoad(b *testing.B) {
	const n = 20000
	dump := dumpOf(n)
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if _, err := readDump(strings.NewReader(dump)); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n*b.N), "us/job")
	})
	b.Run("whole", func(b *testing.B) {
		board, err := Open(b.Context(), redistest.Start(b).URL(), "jobs")
		if err != nil {
			b.Fatal(err)
		}
		defer board.Close()
		for b.Loop() {
			b.StopTimer()
			if err := board.rdb.Del(b.Context(), "jobs", "jobs:schedule").Err(); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			if _, err := board.Load(b.Context(), strings.NewReader(dump), Loading{}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n*b.N), "us/job")
	})
}
