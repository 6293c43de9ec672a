package worker

import (
	"sync"

	"github.com/jobs-agent/jobs/internal/headtail"
)

// output keeps what an attempt prints. Most in-process runs print nothing, so it
// takes memory at the first byte only.
type output struct {
	size int
	mu   sync.Mutex
	kept *headtail.Buffer
}

// Write keeps what fits and never fails.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	if o.kept == nil {
		o.kept = headtail.New(o.size, o.size)
	}
	kept := o.kept
	o.mu.Unlock()
	return kept.Write(p)
}

// read answers what was kept and how much was printed.
func (o *output) read() (string, int64) {
	o.mu.Lock()
	kept := o.kept
	o.mu.Unlock()
	if kept == nil {
		return "", 0
	}
	return kept.String(), kept.Total()
}
