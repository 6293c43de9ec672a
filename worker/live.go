package worker

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/jobs-agent/jobs"
)

// Live takes what attempts print while they are under way. Leases that are Live as well
// get it; *scripts.Commands is.
type Live interface {
	// Joutput answers the tokens that the lane does not hold. The same pieces again
	// change nothing.
	Joutput(ctx context.Context, lane string, pieces []jobs.Piece) (refused []string, err error)
}

const (
	// tellEach is how often output is told, and ripeAfter how long an attempt must have
	// printed for it: one that prints and ends within that time costs nothing.
	tellEach  = 40 * time.Millisecond
	ripeAfter = 40 * time.Millisecond
	// maxPiece and maxTold bound what is told at once of one attempt and of all: 400 KiB
	// and 1.6 MiB a second. What an attempt prints beyond is left out, but for its end.
	maxPiece = 16 << 10
	maxTold  = 64 << 10
)

// live tells Redis what attempts have printed, of all lanes in one loop. Nothing waits
// for it, and what it cannot tell is skipped.
type live struct {
	to      Live
	link    *link
	trouble trouble

	mu    sync.Mutex
	list  []*output // that have something to tell
	ready chan struct{}
}

func newLive(leases Leases, cfg Config) *live {
	to, ok := leases.(Live)
	if !ok {
		return nil
	}
	return &live{
		to: to, link: &link{log: cfg.Log, what: "telling output while runs are under way"},
		trouble: trouble{jitter: cfg.Jitter}, ready: make(chan struct{}, 1),
	}
}

// add says that there is something to tell.
func (v *live) add(o ...*output) {
	v.mu.Lock()
	v.list = append(v.list, o...)
	v.mu.Unlock()
	select {
	case v.ready <- struct{}{}:
	default:
	}
}

// run tells until ctx ends.
func (v *live) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-v.ready:
		case <-ctx.Done():
			return
		}
		timer.Reset(max(tellEach, time.Until(v.trouble.until)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		v.tell(ctx)
	}
}

// tell makes one call for each lane that has something to tell.
func (v *live) tell(ctx context.Context) {
	v.mu.Lock()
	list := v.list
	v.list = nil
	v.mu.Unlock()
	now, room := time.Now(), maxTold
	pieces, outputs := map[string][]jobs.Piece{}, map[string][]*output{}
	var later []*output
	for _, o := range list {
		if room <= 0 {
			later = append(later, o)
			continue
		}
		piece, ripe, over := o.next(now, min(room, maxPiece))
		switch {
		case over:
		case !ripe:
			later = append(later, o)
		case piece.Text != "" || piece.Progress != "":
			lane := laneOf(piece.Token)
			pieces[lane], outputs[lane] = append(pieces[lane], piece), append(outputs[lane], o)
			room -= len(piece.Text) + 64 // of many that print little not too many at once
		}
	}
	for lane, list := range pieces {
		refused, err := v.to.Joutput(ctx, lane, list)
		if err != nil {
			v.failed(err)
			for _, o := range outputs[lane] {
				later = o.again(later)
			}
			continue
		}
		v.link.worked()
		v.trouble.worked()
		for i, o := range outputs[lane] {
			if o.printed.sent.take(list[i], refused) {
				later = o.again(later)
			}
		}
	}
	if len(later) > 0 {
		v.add(later...)
	}
}

// failed takes note of a call that failed. That Redis is out of reach others say.
func (v *live) failed(err error) {
	v.trouble.failed(time.Now())
	if !errors.Is(err, jobs.ErrUnreachable) && !errors.Is(err, context.Canceled) {
		v.link.failed(err)
	}
}

// take takes note of what was told, and answers whether to look for more at once. Of an
// attempt that somebody else has by now nothing more is told.
func (t *told) take(piece jobs.Piece, refused []string) (more bool) {
	for _, token := range refused {
		if token == piece.Token {
			return false
		}
	}
	t.bytes = piece.Offset + int64(len(piece.Text))
	if piece.Progress != "" {
		t.progress = piece.Progress
	}
	return piece.Text != ""
}

// laneOf is the lane in a token, TRY:SEQ:START_MS:LANE.
func laneOf(token string) string {
	if parts := strings.SplitN(token, ":", 4); len(parts) == 4 {
		return parts[3]
	}
	return ""
}
