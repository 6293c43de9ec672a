package board

import (
	"context"
	"fmt"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// Enqueued is what came of one run that was to be queued.
type Enqueued struct {
	Run jobs.RunID // empty: an error came before
	// Duplicate says that nothing was queued: Run held the id or unique key already.
	Duplicate bool
}

// Enqueue queues one run and answers its id, or that of the run which holds the
// same ID or unique key.
func (b *Board) Enqueue(ctx context.Context, one OneOff) (jobs.RunID, error) {
	done, err := b.Submit(ctx, []OneOff{one})
	if err != nil {
		return "", err
	}
	return done[0].Run, nil
}

// EnqueueMany queues runs as Submit does and answers the ids of those that were
// queued, in the order of the list.
func (b *Board) EnqueueMany(ctx context.Context, list []OneOff) ([]jobs.RunID, error) {
	done, err := b.Submit(ctx, list)
	ids := make([]jobs.RunID, 0, len(done))
	for _, one := range done {
		if one.Run != "" {
			ids = append(ids, one.Run)
		}
	}
	return ids, err
}

// full is how many runs go in one call, how many of those that take longer, and how many
// bytes of their texts begin no call more.
const (
	full            = 1000
	fullConditional = 100
	fullBytes       = 1 << 20
)

// numbered is how many runs there must be in a call for their ids to have one stem. Fewer of
// their digits are random, but fewer calls have to differ.
const numbered = 64

// Submit queues runs, many of a runner type and priority in one call: fast, but an
// error in the middle leaves the calls before it done. All are checked before the
// first is queued. It answers what came of each, in the order of the list; nothing
// when the list was refused.
func (b *Board) Submit(ctx context.Context, list []OneOff) ([]Enqueued, error) {
	parcels, err := b.pack(ctx, list)
	if err != nil {
		return nil, err
	}
	done := make([]Enqueued, len(list))
	for _, p := range parcels {
		if err := b.send(ctx, p, done); err != nil {
			return done, fmt.Errorf("enqueue %s: %w", p.Runner, err)
		}
	}
	return done, nil
}

// parcel is what goes in one call.
type parcel struct {
	scripts.Push
	of   []int // places in the list
	size int   // of the texts
}

// kind is what the runs of one call have in common.
type kind struct {
	runner      string
	priority    jobs.Priority
	hosts       jobs.Hosts
	conditional bool
}

func (b *Board) pack(ctx context.Context, list []OneOff) ([]*parcel, error) {
	var parcels []*parcel
	var write texts
	var clock time.Time // of Redis, when somebody asks
	now, open := time.Now(), map[kind]*parcel{}
	for i := range list {
		one := &list[i]
		text, err := write.write(one)
		if err != nil {
			return nil, fmt.Errorf("enqueue run %d of %d: %w", i+1, len(list), err)
		}
		k := kind{one.Runner, one.Priority, one.Hosts, one.conditional()}
		p := open[k]
		if p == nil || len(p.of) == full || k.conditional && len(p.of) == fullConditional || p.size >= fullBytes {
			p = &parcel{Push: scripts.Push{Runner: one.Runner, Priority: one.Priority}}
			p.Selector, _ = one.Hosts.Selector()
			open[k] = p
			parcels = append(parcels, p)
		}
		p.of, p.size = append(p.of, i), p.size+len(text)
		p.Entries = append(p.Entries, scripts.Entry{Text: text})
		if !k.conditional {
			continue
		}
		under := scripts.Conditions{At: one.At, TTL: one.TTL, ID: one.ID, Unique: one.Unique, UniqueFor: one.UniqueFor}
		if one.In > 0 {
			if clock.IsZero() {
				if clock, err = b.Now(ctx); err != nil {
					return nil, fmt.Errorf("enqueue: %w", err)
				}
			}
			under.At = clock.Add(one.In)
		}
		p.Under = append(p.Under, under)
	}
	drawn := map[jobs.RunStem]bool{}
	for _, p := range parcels {
		p.mint(now, drawn)
	}
	return parcels, nil
}

// mint gives the runs their ids. drawn are the stems of the other parcels, which are minted at
// the same time.
func (p *parcel) mint(now time.Time, drawn map[jobs.RunStem]bool) {
	if p.Under == nil && len(p.Entries) >= numbered {
		for p.Stem == "" || drawn[p.Stem] {
			p.Stem = jobs.MintRunStem(p.Runner, now)
		}
		drawn[p.Stem] = true
		return
	}
	for i := range p.Entries {
		p.Entries[i].Run = jobs.MintRunID(p.Runner, now)
	}
}

func (b *Board) send(ctx context.Context, p *parcel, done []Enqueued) error {
	if p.Under == nil {
		if _, err := b.do.Jpush(ctx, "", p.Push); err != nil {
			return err
		}
		for i, at := range p.of {
			done[at].Run = p.Run(i)
		}
		return nil
	}
	runs, err := b.do.Jenqueue(ctx, "", p.Push)
	if err != nil {
		return err
	}
	for i, at := range p.of {
		done[at] = Enqueued{Run: runs[i], Duplicate: runs[i] != p.Entries[i].Run}
	}
	return nil
}
