package test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/redistest"
)

func TestRedisHasNoMemoryLeftAndWhatRunsGoesOn(t *testing.T) {
	t.Parallel()
	c := newCluster(t, []string{"one"}, redistest.Args("--maxmemory-policy", "noeviction"))
	admin := c.server.Client()
	b, err := board.Open(t.Context(), c.server.URL(), "jobs")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	waiting := 0
	c.wantUnharmed(trouble{
		words: "redis takes no writes: its memory is full",
		begin: func() {
			// More than one agent runs at once, so that many are taken later; each fails
			// once and is put back for its retry.
			var many []board.OneOff
			for range 60 {
				many = append(many, board.OneOff{
					Runner: "shell", Payload: `[ "$JOBS_ATTEMPT" = 2 ] || { sleep 1; exit 1; }`, Retries: 1, Backoff: jobs.Backoff{Delay: 100 * time.Millisecond},
				})
			}
			if _, err := b.EnqueueMany(t.Context(), many); err != nil {
				t.Fatal(err)
			}
			fill(t, admin)
			count, err := b.Count(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			waiting = int(count.Queued["shell"])
		},
		during: func() {
			if waiting < 10 {
				t.Errorf("%d runs waited when the memory was full, want many", waiting)
			}
			wantClearError(t, c.run("put", "more", "console", "x"), 1, "its memory is full")
			wantClearError(t, c.run("enqueue", "console", "x"), 1, "its memory is full")
			eventually(t, "all that was queued has ended", func() bool {
				runs, err := b.Runs(t.Context(), board.RunFilter{Job: "shell", Limit: 200})
				ended := 0
				for _, run := range runs {
					if run.State == jobs.Succeeded && run.Attempt == 2 && run.Lost == 0 {
						ended++
					}
				}
				return err == nil && ended == 60
			})
			c.join("two") // an agent that starts now has to load nothing new
			c.settled(2)
			if got := admin.Set(t.Context(), "foreign:more", "x", 0).Err(); got == nil {
				t.Error("the memory was not full all the while")
			}
			delete(c.nodes, "two")
		},
		end: func() { must(t, admin.ConfigSet(t.Context(), "maxmemory", "0")) },
	})
}

// fill stores data of somebody else and limits the memory to less than that takes.
func fill(t *testing.T, admin *redis.Client) {
	t.Helper()
	for i := range 64 {
		must(t, admin.Set(t.Context(), fmt.Sprint("foreign:", i), strings.Repeat("x", 1<<16), 0))
	}
	_, used, _ := strings.Cut(admin.Info(t.Context(), "memory").Val(), "used_memory:")
	used, _, _ = strings.Cut(used, "\r")
	bytes, err := strconv.Atoi(used)
	if err != nil {
		t.Fatal(err)
	}
	must(t, admin.ConfigSet(t.Context(), "maxmemory", strconv.Itoa(bytes-2<<20)))
}

// A disk that is full is one of its own, which takes the right to mount one.
func TestRedisHasAFullDiskUnderItsAppendOnlyFile(t *testing.T) {
	t.Parallel()
	disk := t.TempDir()
	if text, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk).CombinedOutput(); err != nil {
		t.Skipf("cannot mount a small disk: %v: %s", err, text)
	}
	t.Cleanup(func() { exec.Command("umount", "-l", disk).Run() })
	c := newCluster(t, []string{"one", "two"}, redistest.Args("--appendonly", "yes", "--appendfsync", "everysec", "--dir", disk))
	filler := filepath.Join(disk, "filler")
	c.wantUnharmed(trouble{
		words: "redis takes no writes: it cannot write to its disk",
		lasts: 6 * time.Second,
		begin: func() {
			f, err := os.Create(filler)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for block := make([]byte, 1<<12); err == nil; {
				_, err = f.Write(block)
			}
			if !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("fill the disk: %v", err)
			}
		},
		end: func() {
			if err := os.Remove(filler); err != nil {
				t.Fatal(err)
			}
		},
	})
}
