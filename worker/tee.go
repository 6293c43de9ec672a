package worker

import (
	"io"

	"github.com/jobs-agent/jobs"
)

// both writes to what is kept of an attempt's output and to Config.Tee's writer. That
// the latter fails is no matter of the runner's.
type both struct {
	kept io.Writer
	tee  io.WriteCloser
}

func (b both) Write(p []byte) (int, error) {
	n, err := b.kept.Write(p)
	_, _ = b.tee.Write(p)
	return n, err
}

// teed lets the attempt print to tee as well; the answer is to be called when it has
// ended.
func teed(a *jobs.Attempt, tee func(*jobs.Attempt) io.WriteCloser) (ended func()) {
	if tee == nil {
		return func() {}
	}
	w := tee(a)
	a.Output = both{a.Output, w}
	return func() { _ = w.Close() }
}
