package agent

import (
	"context"
	"sync"

	"github.com/hashicorp/memberlist"
	"go.uber.org/zap"
)

// roll is who is alive. The library calls it with its own lock held, so it only
// takes notes here; others hear of them through tell. It keeps a copy because the
// library's list changes under the hands of those who read it.
type roll struct {
	self string
	log  *zap.Logger

	mu        sync.Mutex
	members   map[string]Member
	untold    []arrival
	conflicts map[string]bool // "name address" already logged
	wake      chan struct{}
}

// arrival is a coming or a going.
type arrival struct {
	member Member
	alive  bool
}

func newRoll(self string, log *zap.Logger) *roll {
	return &roll{
		self: self, log: log,
		members: map[string]Member{}, conflicts: map[string]bool{},
		wake: make(chan struct{}, 1),
	}
}

// NotifyJoin is called by the library.
func (r *roll) NotifyJoin(n *memberlist.Node) { r.note(n, true) }

// NotifyLeave is called by the library when an agent left or was found dead.
func (r *roll) NotifyLeave(n *memberlist.Node) { r.note(n, false) }

// NotifyUpdate is called by the library when an agent says something new.
func (r *roll) NotifyUpdate(n *memberlist.Node) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.members[n.Name] = memberOf(n)
}

// NotifyConflict is called by the library for each message of an agent that uses
// the name of another one. The first to have it keeps it.
func (r *roll) NotifyConflict(existing, other *memberlist.Node) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := other.Name + " " + other.Address()
	if r.conflicts[key] || len(r.conflicts) > 1000 {
		return
	}
	r.conflicts[key] = true
	r.log.Error("two agents have one name, the second is not seen: give it another",
		zap.String("name", existing.Name), zap.String("first", existing.Address()), zap.String("second", other.Address()))
}

func memberOf(n *memberlist.Node) Member {
	return Member{Name: n.Name, Addr: n.Address(), About: decodeAbout(n.Meta)}
}

func (r *roll) note(n *memberlist.Node, alive bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	member := memberOf(n)
	if alive {
		r.members[n.Name] = member
	} else {
		delete(r.members, n.Name)
	}
	if n.Name == r.self {
		return
	}
	r.untold = append(r.untold, arrival{member, alive})
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *roll) alive() []Member {
	r.mu.Lock()
	defer r.mu.Unlock()
	alive := make([]Member, 0, len(r.members))
	for _, member := range r.members {
		alive = append(alive, member)
	}
	return alive
}

// tell passes comings and goings on, in order, until ctx ends.
func (r *roll) tell(ctx context.Context, events func(name string, alive bool)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		}
		r.mu.Lock()
		news := r.untold
		r.untold = nil
		r.mu.Unlock()
		for _, a := range news {
			text := "agent gone"
			if a.alive {
				text = "agent joined"
			}
			r.log.Info(text, zap.String("name", a.member.Name), zap.String("addr", a.member.Addr))
			events(a.member.Name, a.alive)
		}
	}
}
