package devstore

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// pause is the time between two looks at a server that starts or ends.
const pause = 2 * time.Millisecond

// stop is an error that ends a poll at once.
type stop struct{ error }

func (s stop) Unwrap() error { return s.error }

// poll calls try until it succeeds. It answers try's last error when the patience
// (0 has no end) or ctx ends first.
func poll(ctx context.Context, patience time.Duration, try func() error) error {
	if patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		err := try()
		var final stop
		if err == nil || errors.As(err, &final) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-tick.C:
		}
	}
}
