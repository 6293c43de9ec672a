package board

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/internal/redistest"
)

func connect(t *testing.T, url string) *Board {
	t.Helper()
	b, err := Open(t.Context(), url, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// generation are jobs of board file f that all bear the same mark.
func generation(mark string, from, to int) []*jobs.Job {
	var list []*jobs.Job
	for i := from; i < to; i++ {
		list = append(list, &jobs.Job{ID: fmt.Sprintf("j%04d", i), Runner: "shell", Payload: mark, BoardFile: "f", Schedule: jobs.Schedule{Interval: time.Hour}})
	}
	return list
}

// become are the changes that make these jobs the only ones of the file.
func become(s Snapshot, list []*jobs.Job) Changes {
	c := Changes{Puts: list}
	for id := range s.Jobs {
		if !slices.ContainsFunc(list, func(j *jobs.Job) bool { return j.ID == id }) {
			c.Removes = append(c.Removes, id)
		}
	}
	return c
}

func apply(t *testing.T, b *Board, list []*jobs.Job) {
	t.Helper()
	s, err := b.Snapshot(t.Context(), "f")
	if err == nil {
		err = b.Apply(t.Context(), s, become(s, list))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// marks counts the jobs on the board by their marks.
func marks(t *testing.T, b *Board) string {
	t.Helper()
	counts := map[string]int{}
	for entry, err := range b.Jobs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		counts[entry.Job.Payload]++
		if entry.Next.IsZero() {
			counts["unscheduled"]++
		}
	}
	return fmt.Sprint(counts)
}

func TestApplyPutsAndRemoves(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"redis": redistest.Start(t).URL(), "embedded": redistest.EmbeddedURL(t)} {
		t.Run(name, func(t *testing.T) {
			b := connect(t, url)
			apply(t, b, generation("old", 0, 1200))
			if got := marks(t, b); got != "map[old:1200]" {
				t.Errorf("after the first: got %s", got)
			}
			if _, err := b.Put(t.Context(), jobs.Job{ID: "other", Runner: "shell", Payload: "other", Schedule: jobs.Schedule{Interval: time.Hour}}); err != nil {
				t.Fatal(err)
			}
			apply(t, b, generation("new", 600, 1400))
			if got := marks(t, b); got != "map[new:800 other:1]" {
				t.Errorf("after the second: got %s, want new ones and the job of nobody", got)
			}
			files, err := b.BoardFiles(t.Context())
			if err != nil || files["f"].Generation != 2 || time.Since(files["f"].Applied) > time.Minute {
				t.Errorf("got %+v, %v, want generation 2", files, err)
			}
		})
	}
}

func TestTheLaterOfTwoAppliesIsRefusedWhole(t *testing.T) {
	t.Parallel()
	b := connect(t, redistest.Start(t).URL())
	s, err := b.Snapshot(t.Context(), "f")
	if err != nil {
		t.Fatal(err)
	}
	apply(t, b, generation("old", 0, 10))
	if err := b.Apply(t.Context(), s, Changes{Puts: generation("new", 5, 15)}); !errors.Is(err, jobs.ErrStale) {
		t.Errorf("got %v, want jobs.ErrStale", err)
	}
	if got := marks(t, b); got != "map[old:10]" {
		t.Errorf("got %s, want the old ones", got)
	}
}

// killed is a connection that ends after some commands, as if the process had died:
// what it has sent is done, and nothing more is sent.
type killed struct{ left atomic.Int64 }

var errKilled = errors.New("killed")

func (k *killed) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (k *killed) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if name := cmd.Name(); name == "hello" || name == "ping" || name == "client" {
			return next(ctx, cmd)
		}
		if k.left.Add(-1) < 0 {
			cmd.SetErr(errKilled)
			return errKilled
		}
		return next(ctx, cmd)
	}
}

func (k *killed) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func TestAnApplyThatIsKilledLeavesTheOldGenerationOrTheNewOne(t *testing.T) {
	t.Parallel()
	const size = 900
	seen := map[string]int{}
	server := redistest.Start(t)
	for point := int64(0); ; point++ {
		if err := server.Client().FlushDB(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		b, other := connect(t, server.URL()), connect(t, server.URL())
		apply(t, other, generation("old", 0, size))
		hook := &killed{}
		hook.left.Store(1 << 40)
		b.rdb.AddHook(hook)
		s, err := b.Snapshot(t.Context(), "f")
		if err != nil {
			t.Fatal(err)
		}
		hook.left.Store(point)
		err = b.Apply(t.Context(), s, become(s, generation("new", 300, size+300)))
		between := marks(t, other)
		if strings.Contains(between, "unscheduled") {
			t.Errorf("killed after %d commands: %s: a job has switched by half", point, between)
		}
		// Whoever comes by finishes what was decided.
		if err := other.finish(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		after := marks(t, other)
		seen[after]++
		if after != fmt.Sprintf("map[old:%d]", size) && after != fmt.Sprintf("map[new:%d]", size) {
			t.Errorf("killed after %d commands: got %s, before it was finished %s: want all old or all new", point, after, between)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, errKilled) {
			t.Fatalf("killed after %d commands: got %v", point, err)
		}
		if point > 100 {
			t.Fatal("an apply takes more than 100 commands, or does not see that it is killed")
		}
	}
	if len(seen) != 2 || seen[fmt.Sprintf("map[new:%d]", size)] < 5 || seen[fmt.Sprintf("map[old:%d]", size)] < 3 {
		t.Errorf("outcomes: got %v, want several of each", seen)
	}
}

func TestTwoFilesAtOnceDoNotDisturbEachOther(t *testing.T) {
	t.Parallel()
	url := redistest.Start(t).URL()
	errs := make(chan error, 2)
	for _, file := range []string{"f", "g"} {
		b := connect(t, url)
		go func() {
			s, err := b.Snapshot(t.Context(), file)
			list := generation(file, 0, 900)
			for i := range list {
				list[i].ID, list[i].BoardFile = file+list[i].ID, file
			}
			if err == nil {
				err = b.Apply(t.Context(), s, Changes{Puts: list})
			}
			errs <- err
		}()
	}
	for range 2 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if got := marks(t, connect(t, url)); got != "map[f:900 g:900]" {
		t.Errorf("got %s, want all jobs of both", got)
	}
}

func TestAnUnchangedScheduleKeepsItsStart(t *testing.T) {
	t.Parallel()
	b := connect(t, redistest.Start(t).URL())
	job := generation("old", 0, 1)[0]
	job.Also = []string{"@every 7m"}
	apply(t, b, []*jobs.Job{job})
	before, err := b.Show(t.Context(), job.ID)
	if err != nil {
		t.Fatal(err)
	}
	job.Payload = "new"
	apply(t, b, []*jobs.Job{job})
	after, err := b.Show(t.Context(), job.ID)
	if err != nil || after.Job.Payload != "new" || !after.Job.Start.Equal(before.Job.Start) || !after.Next.Equal(before.Next) {
		t.Errorf("got %+v, %v, want the new payload and the times of before: %+v", after, err, before)
	}
}
