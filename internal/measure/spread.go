package measure

import (
	"math"
	"sync/atomic"
	"time"
)

// Spread tells how times lie, in milliseconds.
type Spread struct {
	N   int     `json:"n"`
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// fineness is the share by which neighbouring buckets of a histogram differ.
const fineness = 0.01

// Histogram collects times from a microsecond up, to a hundredth, in the same few
// bytes whatever their number: it may not count as memory of the library that is
// measured. Safe for concurrent use.
type Histogram struct {
	buckets [2400]atomic.Uint32 // up to seven hours
	n       atomic.Int64
	max     atomic.Int64
}

// Add takes a time in; what is early counts as nothing.
func (h *Histogram) Add(d time.Duration) {
	i := 0
	if d > time.Microsecond {
		i = min(len(h.buckets)-1, int(math.Log(float64(d)/float64(time.Microsecond))/math.Log1p(fineness)))
	}
	h.buckets[i].Add(1)
	h.n.Add(1)
	for {
		old := h.max.Load()
		if int64(d) <= old || h.max.CompareAndSwap(old, int64(d)) {
			return
		}
	}
}

// Spread answers what was added until now.
func (h *Histogram) Spread() Spread {
	return Spread{N: int(h.n.Load()), P50: h.percentile(0.5), P99: h.percentile(0.99), Max: float64(h.max.Load()) / 1e6}
}

// percentile answers the middle of the bucket in which it lies, in milliseconds.
func (h *Histogram) percentile(p float64) float64 {
	wanted := int64(math.Ceil(p * float64(h.n.Load())))
	if wanted == 0 {
		return 0
	}
	var seen int64
	for i := range h.buckets {
		seen += int64(h.buckets[i].Load())
		if seen >= wanted {
			return min(math.Pow(1+fineness, float64(i)+0.5)/1000, float64(h.max.Load())/1e6)
		}
	}
	return float64(h.max.Load()) / 1e6
}
