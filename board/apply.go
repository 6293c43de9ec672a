package board

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
	"github.com/jobs-agent/jobs/scripts"
)

// Snapshot is the board as an apply of a board file found it.
type Snapshot struct {
	File jobs.BoardFile
	Jobs map[string]string // id -> metadata
	Now  time.Time
}

// Changes are what an apply of a board file makes of a snapshot.
type Changes struct {
	Puts    []*jobs.Job
	Removes []string // only those are removed that are the file's at that time
	// Progress, if not nil, is told how many changes of all are staged, and then
	// carried out.
	Progress func(doing string, done, all int)
}

// Snapshot finishes what applies of board files have decided, and reads the board.
func (b *Board) Snapshot(ctx context.Context, file string) (Snapshot, error) {
	s := Snapshot{Jobs: map[string]string{}}
	err := b.finish(ctx, nil)
	if err == nil {
		s.File, err = b.do.BoardFile(ctx, file)
	}
	if err == nil {
		s.Now, err = b.Now(ctx)
	}
	for cursor, first := uint64(0), true; err == nil && (first || cursor != 0); first = false {
		var pairs []string
		pairs, cursor, err = b.rdb.HScan(ctx, b.do.Keys().Board(), cursor, "", 4000).Result()
		err = scripts.Translate(err)
		for i := 0; i+1 < len(pairs); i += 2 {
			s.Jobs[pairs[i]] = pairs[i+1]
		}
	}
	if err != nil {
		return s, fmt.Errorf("look at the board for board file %q: %w", file, err)
	}
	return s, nil
}

// finish carries out what is decided. An agent may do the same at the same time.
func (b *Board) finish(ctx context.Context, each func()) error {
	for {
		more, err := b.do.Forward(ctx)
		if err != nil || !more {
			return err
		}
		if each != nil {
			each()
		}
	}
}

// BoardFiles answers the board files that were applied, by name.
func (b *Board) BoardFiles(ctx context.Context) (map[string]jobs.BoardFile, error) {
	return b.do.BoardFiles(ctx)
}

// Apply makes the changes: all of them, or none when it does not come to decide them.
// From then on they are made whatever happens to this program: agents and later calls
// go on with them. jobs.ErrStale says that another apply of the file was decided since
// the snapshot, and that nothing has happened.
func (b *Board) Apply(ctx context.Context, s Snapshot, c Changes) error {
	if len(c.Puts)+len(c.Removes) == 0 {
		return nil
	}
	id, err := b.stage(ctx, s, c)
	if err != nil {
		return fmt.Errorf("stage board file %q: %w; nothing has changed", s.File.Name, err)
	}
	all := len(c.Puts) + len(c.Removes)
	if _, err := b.do.Jcommit(ctx, "", id, s.File, all); err != nil {
		return fmt.Errorf("apply board file %q: %w", s.File.Name, err)
	}
	done := 0
	err = b.finish(ctx, func() {
		done = min(done+250, all)
		c.tell("applied", done, all)
	})
	if err != nil {
		return fmt.Errorf("board file %q is decided and not finished yet, which agents do: %w", s.File.Name, err)
	}
	return nil
}

func (c Changes) tell(doing string, done, all int) {
	if c.Progress != nil {
		c.Progress(doing, done, all)
	}
}

// Parts of a stage are at most so many changes and about so many bytes.
const (
	partChanges = 500
	partBytes   = 512 << 10
)

func (b *Board) stage(ctx context.Context, s Snapshot, c Changes) (string, error) {
	var random [12]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", err
	}
	id := hex.EncodeToString(random[:])
	// Jobs that have the same times are carried out in one call: what Redis finds out
	// of one of them holds for all.
	c.Puts = slices.Clone(c.Puts)
	slices.SortStableFunc(c.Puts, func(a, b *jobs.Job) int {
		return cmp.Or(cmp.Compare(a.Cron, b.Cron), cmp.Compare(a.Interval, b.Interval), cmp.Compare(a.Timezone, b.Timezone))
	})
	if err := b.planAll(ctx, c.Puts, s); err != nil {
		return "", err
	}
	all := len(c.Puts) + len(c.Removes)
	next, size := 1, 0
	var part []string
	flush := func() error {
		if len(part) == 0 {
			return nil
		}
		if err := b.do.Jstage(ctx, "", id, next, part); err != nil {
			return err
		}
		next, size, part = next+len(part), 0, part[:0]
		c.tell("staged", next-1, all)
		return nil
	}
	add := func(change string) error {
		if len(part) >= partChanges || size+len(change) > partBytes {
			if err := flush(); err != nil {
				return err
			}
		}
		part, size = append(part, change), size+len(change)
		return nil
	}
	for _, job := range c.Puts {
		if err := job.Validate(); err != nil {
			return "", fmt.Errorf("job %q: %w", job.ID, err)
		}
		text, err := job.Text(s.start(job))
		if err == nil {
			err = add(scripts.PutChange(job.ID, text, !job.Start.IsZero()))
		}
		if err != nil {
			return "", err
		}
	}
	for _, id := range c.Removes {
		if err := add(scripts.RemoveChange(id)); err != nil {
			return "", err
		}
	}
	return id, flush()
}

// start is the first nominal time of a job that does not say one: what it was, if its
// times stay the same, else now.
func (s Snapshot) start(job *jobs.Job) time.Time {
	if !job.Start.IsZero() {
		return job.Start
	}
	text, ok := s.Jobs[job.ID]
	if !ok {
		return s.Now
	}
	old, err := jobs.ParseJob([]byte(text))
	if err != nil || old.Start.IsZero() || old.Interval != job.Interval || old.Lambda != job.Lambda || old.Step != job.Step {
		return s.Now
	}
	then := job.Schedule
	then.Start = old.Start
	if job.Planned() && calendar.Spec(job.ID, then) != calendar.Spec(job.ID, old.Schedule) {
		return s.Now
	}
	return old.Start
}

// maxPlans bounds how many schedules are planned before the jobs are put; the ticker
// plans the others when it looks.
const maxPlans = 5000

// planAll keeps the next times of the schedules that have to be planned ahead.
func (b *Board) planAll(ctx context.Context, puts []*jobs.Job, s Snapshot) error {
	seen := map[string]bool{}
	var plans []jobs.Plan
	for _, put := range puts {
		if !put.Planned() || len(seen) >= maxPlans {
			continue
		}
		job := *put
		job.Start = s.start(put)
		spec := calendar.Spec(job.ID, job.Schedule)
		if spec == "" || seen[spec] {
			continue
		}
		seen[spec] = true
		from := s.Now
		if job.Start.After(from) {
			from = job.Start
		}
		line, err := calendar.Plan(spec, from.Add(-time.Millisecond), s.Now)
		if err != nil {
			return fmt.Errorf("job %q: %w", job.ID, err)
		}
		plans = append(plans, jobs.Plan{Spec: spec, Line: string(line)})
	}
	for part := range slices.Chunk(plans, 100) {
		if err := b.do.Jplan(ctx, "", part); err != nil {
			return err
		}
	}
	return nil
}
