package boardfile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jobs-agent/jobs/boardfile"
)

// large is a board file of n jobs.
func large(n int) []byte {
	var b strings.Builder
	b.WriteString("defaults: {runner: shell, timezone: Europe/Brussels, timeout: 1h, retries: 2}\njobs:\n")
	for i := range n {
		fmt.Fprintf(&b, "  job-%06d:\n    cron: \"%d %d * * *\"\n    run: echo hello %d\n", i, i%60, i/60%24, i)
	}
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	text := large(100_000)
	for b.Loop() {
		f, err := boardfile.Parse("big.yaml", text, nil)
		if err != nil || len(f.Jobs) != 100_000 {
			b.Fatal(len(f.Jobs), err)
		}
	}
}
