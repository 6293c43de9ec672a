package board

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/jobs-agent/jobs/scripts"
)

// Loading says how to load a dump.
type Loading struct {
	// FromNow lets jobs that are not scheduled start at the first time of their grid
	// after now, instead of at their start, which for an old dump is long past: then
	// each is due at once.
	FromNow bool
	// Progress, if not nil, is told after each batch how many jobs of all are done.
	Progress func(done, all int)
}

// Loaded is what Load did.
type Loaded struct {
	Jobs    int // put on the board
	Runners int // new in the registry
	Passed  int // unreadable in the dump already, not loaded
	Ended   int // with FromNow: left out, since their stop has passed
}

// Load puts the jobs of a dump on the board, replacing those of the same ids, and
// adds the runner types that are new. The whole dump is checked first: an error
// then means that nothing was loaded. Values stay as they are, to the byte.
func (b *Board) Load(ctx context.Context, r io.Reader, how Loading) (Loaded, error) {
	var loaded Loaded
	d, err := readDump(r)
	if err != nil {
		return loaded, fmt.Errorf("load: %w; nothing was loaded", err)
	}
	loaded.Passed = d.passed
	// Before the jobs, which would register their types with the default command.
	for _, runner := range slices.Sorted(maps.Keys(d.runners)) {
		known, err := b.do.JregisterNew(ctx, runner, d.runners[runner])
		if err != nil {
			return loaded, fmt.Errorf("load runner %q: %w", runner, err)
		}
		if known {
			loaded.Runners++
		}
	}
	err = b.loadAll(ctx, d.list, how, &loaded)
	return loaded, err
}

// loadAll puts the jobs in parts, two at a time: while Redis puts one, the other is
// written down.
func (b *Board) loadAll(ctx context.Context, list []scripts.Metadata, how Loading, loaded *Loaded) error {
	var (
		mu      sync.Mutex
		done    int
		failed  error
		putting sync.WaitGroup
		all     = len(list)
	)
	next := func() (part []scripts.Metadata) {
		mu.Lock()
		defer mu.Unlock()
		if failed == nil {
			part = list[:min(500, len(list))]
			list = list[len(part):]
		}
		return part
	}
	for range 2 {
		putting.Go(func() {
			for part := next(); len(part) > 0; part = next() {
				put, err := b.do.Jload(ctx, "", how.FromNow, part)
				mu.Lock()
				if err != nil {
					failed = cmp.Or(failed, err)
				} else {
					loaded.Jobs += int(put)
					loaded.Ended += len(part) - int(put)
					if done += len(part); how.Progress != nil {
						how.Progress(done, all)
					}
				}
				mu.Unlock()
			}
		})
	}
	putting.Wait()
	if failed != nil {
		return fmt.Errorf("load jobs, %d of %d are on the board: %w", loaded.Jobs, all, failed)
	}
	return nil
}
