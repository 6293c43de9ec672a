package measure_test

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/jobs-agent/jobs/internal/measure"
)

func TestEachThingIsDoneOnceInParallel(t *testing.T) {
	t.Parallel()
	done := make([]atomic.Int32, 1001)
	err := measure.InParallel(7, len(done), 10, func(from, to int) error {
		for i := from; i < to; i++ {
			done[i].Add(1)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range done {
		if got := done[i].Load(); got != 1 {
			t.Errorf("%d was done %d times, want once", i, got)
		}
	}
}

func TestAnErrorIsNotLostInParallel(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	err := measure.InParallel(3, 100, 10, func(from, _ int) error {
		if from == 50 {
			return broken
		}
		return nil
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}
