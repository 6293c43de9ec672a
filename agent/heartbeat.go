package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/scripts"
)

// Agents describe themselves each second; one that is silent for an hour is
// forgotten.
const (
	beatEvery   = time.Second
	forgetAfter = time.Hour
)

// heartbeat describes this agent to the others through Redis. It is also what
// readiness goes by: an agent that cannot reach Redis is not ready.
type heartbeat struct {
	commands *scripts.Commands
	name     string
	status   jobs.AgentStatus
	kinds    func() []string // served now
	soon     chan struct{}   // holds a token when something changed
	running  atomic.Pointer[func() int]
	drain    atomic.Pointer[func(paused bool)]
	choose   atomic.Pointer[func(sources []string)]
	last     atomic.Int64 // Unix nanoseconds of the last one that Redis took
	report   func(part string, err error)
	turn     func()
	grid     grid
}

func (a *Agent) startHeartbeat(ctx context.Context) error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	a.beat = &heartbeat{
		commands: a.board.Leases(), name: a.cfg.Name, report: a.troubles.tell, turn: a.turns.turn, grid: a.grid,
		kinds: a.kinds, soon: make(chan struct{}, 1),
		status: jobs.AgentStatus{
			Host: host, Addr: a.members.Addr(), HTTP: a.HTTP(), Version: a.cfg.Version, PID: os.Getpid(),
			Labels: a.cfg.Labels, Started: float64(time.Now().UnixMilli()) / 1000,
		},
	}
	if err := a.beat.send(ctx); err != nil {
		return err
	}
	for _, kind := range a.kinds() {
		if _, err := a.board.RegisterNew(ctx, kind); err != nil {
			return err
		}
	}
	a.onStop("sign off", func(ctx context.Context) error {
		_, err := a.beat.commands.Jbeat(ctx, a.cfg.Name, "", forgetAfter)
		return err
	})
	a.started("heartbeat", a.beat.run)
	return nil
}

// serving names the function that counts the attempts under way.
func (h *heartbeat) serving(running func() int) { h.running.Store(&running) }

// draining names the function that hears at each beat whether the agent is paused.
func (h *heartbeat) draining(drain func(paused bool)) { h.drain.Store(&drain) }

// hurry sends one at once, since what it tells has changed.
func (h *heartbeat) hurry() {
	select {
	case h.soon <- struct{}{}:
	default:
	}
}

func (h *heartbeat) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-h.grid.after(beatEvery):
		case <-h.soon:
		}
		h.turn()
		err := h.send(ctx)
		if errors.Is(err, jobs.ErrFormat) {
			return err // a newer program has taken over the board: end, in order
		}
		if ctx.Err() == nil {
			h.report("heartbeat", err)
		}
	}
}

func (h *heartbeat) send(ctx context.Context) error {
	status := h.status
	status.Runners = h.kinds()
	if running := h.running.Load(); running != nil {
		status.Running = (*running)()
	}
	text, err := json.Marshal(status)
	if err != nil {
		return fmt.Errorf("describe agent: %w", err)
	}
	paused, err := h.commands.Jbeat(ctx, h.name, string(text), forgetAfter)
	if err != nil {
		return fmt.Errorf("tell that the agent lives: %w", err)
	}
	if drain := h.drain.Load(); drain != nil {
		(*drain)(paused)
	}
	h.last.Store(time.Now().UnixNano())
	return h.look(ctx, status)
}

// fresh tells whether Redis answered lately.
func (h *heartbeat) fresh() bool {
	return h != nil && time.Since(time.Unix(0, h.last.Load())) < board.SilentAfter
}

// kindOf is the type in TYPE or TYPE=COMMAND.
func kindOf(spec string) string {
	kind, _, _ := strings.Cut(spec, "=")
	return kind
}
