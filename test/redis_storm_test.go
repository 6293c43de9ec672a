package test

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/redistest"
	"github.com/jobs-agent/jobs/worker"
)

// crowd is many workers, each with its own connections, as on as many hosts.
type crowd struct {
	boards []*board.Board
	ran    atomic.Int64
	stop   context.CancelFunc
	done   sync.WaitGroup
}

func gather(t *testing.T, n int, url string) *crowd {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	c := &crowd{stop: cancel}
	t.Cleanup(c.leave)
	for i := range n {
		b, err := board.Open(ctx, url, "jobs")
		if err != nil {
			t.Fatal(err)
		}
		c.boards = append(c.boards, b)
		bell, err := b.Bell()
		if err != nil {
			t.Fatal(err)
		}
		w, err := worker.New(b.Leases(), bell, worker.Config{
			Name: fmt.Sprint("worker-", i), Runners: map[string]jobs.Runner{"count": jobs.RunnerFunc(func(context.Context, *jobs.Attempt) error {
				c.ran.Add(1)
				return nil
			})},
		})
		if err != nil {
			t.Fatal(err)
		}
		c.done.Go(func() { w.Run(ctx) })
	}
	return c
}

func (c *crowd) leave() {
	c.stop()
	c.done.Wait()
	for _, b := range c.boards {
		b.Close()
	}
	c.boards = nil
}

// runs queues so many runs and waits until the crowd has executed them.
func (c *crowd) runs(t *testing.T, n int) {
	t.Helper()
	before := c.ran.Load()
	many := make([]board.OneOff, n)
	for i := range many {
		many[i] = board.OneOff{Runner: "count", Payload: "x"}
	}
	eventually(t, "the runs are queued", func() bool {
		_, err := c.boards[0].EnqueueMany(t.Context(), many)
		return err == nil
	})
	eventually(t, "the runs are executed", func() bool { return c.ran.Load() >= before+int64(n) })
}

// openFiles is how many files and connections this process has open.
func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(files)
}

// cpu is the time that this process has computed.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func statOf(t *testing.T, server *redistest.Server, section, field string) (n int) {
	t.Helper()
	_, text, _ := strings.Cut(server.Client().Info(t.Context(), section).Val(), field+":")
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatalf("no %s: %v", field, err)
	}
	return n
}

// Not parallel: the files and the time of the process are measured.
func TestRedisRestartsUnderACrowdOfWorkers(t *testing.T) {
	const many = 30
	server := redistest.Start(t, redistest.TCP(), redistest.AOF("always"))
	c := gather(t, many, server.URL())
	c.runs(t, 200)
	before, clients := openFiles(t), statOf(t, server, "clients", "connected_clients")

	server.Kill()
	// In its place somebody counts who knocks, and lets nobody in.
	door, err := net.Listen("tcp", server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	var knocks atomic.Int64
	go func() {
		for {
			conn, err := door.Accept()
			if err != nil {
				return
			}
			knocks.Add(1)
			conn.Close()
		}
	}()
	const outage = 4 * time.Second
	computed := cpu(t)
	<-time.After(outage)
	computed, knocked := cpu(t)-computed, knocks.Load()
	door.Close()
	// A worker has two lanes and a bell. Each tries soon and then once a second, and
	// a lane sends three times: about 50 in 4 s. Without a pause there are thousands.
	t.Logf("measured: %d knocks in %v of %d workers, %v computed", knocked, outage, many, computed)
	if most := int64(many * 20 * int(outage/time.Second)); knocked < many || knocked > most {
		t.Errorf("knocks: got %d, want at most %d", knocked, most)
	}
	if computed > outage*3/4 {
		t.Errorf("computed for %v in %v, want less than three quarters of it", computed, outage)
	}

	server.Restart()
	back := time.Now()
	c.runs(t, 200)
	within(t, "from the restart until 200 runs are executed", time.Since(back), 3*time.Second)
	made, now := statOf(t, server, "stats", "total_connections_received"), statOf(t, server, "clients", "connected_clients")
	t.Logf("measured: %d connections made after the restart, %d clients, %d before it", made, now, clients)
	if made > many*20 || now > clients+many*5 {
		t.Errorf("connections: got %d made and %d clients, want few for %d workers", made, now, many)
	}
	eventually(t, "no more files are open than before", func() bool { return openFiles(t) <= before+many*2 })
}
