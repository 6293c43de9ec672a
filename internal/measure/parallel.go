package measure

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
)

// InParallel has workers do n things in pieces, each from one on and before another. A worker ends with its
// first error; the others go on.
func InParallel(workers, n, piece int, do func(from, to int) error) error {
	var next atomic.Int64
	errs := make([]error, workers)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for errs[w] == nil {
				from := int(next.Add(int64(piece))) - piece
				if from >= n {
					return
				}
				if err := do(from, min(n, from+piece)); err != nil {
					errs[w] = fmt.Errorf("from %d on: %w", from, err)
				}
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
