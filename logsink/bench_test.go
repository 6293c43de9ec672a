package logsink

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// BenchmarkFile is a run that prints lines of 62 bytes as fast as it can, with a file
// that takes them.
func BenchmarkFile(b *testing.B) {
	spec, err := Parse("file:" + filepath.Join(b.TempDir(), "o.log") + "?keep=1&wait=1h")
	if err != nil {
		b.Fatal(err)
	}
	set, err := Open(b.Context(), []Spec{spec}, Config{Host: "db1"})
	if err != nil {
		b.Fatal(err)
	}
	s := &scene{Set: set}
	piece := []byte(strings.Repeat(strings.Repeat("x", 61)+"\n", 528)) // as a pipe is read
	b.SetBytes(int64(len(piece)))
	w := s.attempt("flood")
	for b.Loop() {
		if _, err := w.Write(piece); err != nil {
			b.Fatal(err)
		}
	}
	got, err := func() (Stats, error) { s.t = &testing.T{}; return s.end(time.Minute) }()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(got.Delivered)/b.Elapsed().Seconds(), "lines/s")
}
