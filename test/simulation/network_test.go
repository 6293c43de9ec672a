package simulation

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"

	"github.com/jobs-agent/jobs/scripts"
)

// step is how long the network takes for one message. A goroutine that sleeps in a
// bubble of synctest wakes when all others wait: then it is known what is under way,
// whoever was scheduled first.
const step = time.Microsecond

// network lies between the clients and the embedded store and carries one message
// at a time, in an order that the seed alone decides.
type network struct {
	store  *miniredis.Miniredis
	server *server.Server
	seed   seed
	names  map[string]string // SHA1 -> command
	watch  func(*command)    // sees each command that the store has executed
	plant  *mistake          // nil: none

	mu       sync.Mutex
	wake     chan struct{}
	conns    map[*conn]bool
	stray    []*conn // closed by their clients with something under way
	todo     []func()
	links    map[string]*link // of each owner
	whole    link             // of the store itself
	waiting  []*waiter
	audience []*conn
	dials    int
	strays   int // that have arrived
	ended    bool
}

// command is one that the store has executed.
type command struct {
	at          time.Time
	owner, role string
	name        string // of a script: its own
	args        []string
	reply       any
}

func newNetwork(s seed, watch func(*command)) (*network, error) {
	n := &network{
		store: miniredis.NewMiniRedis(), seed: s, watch: watch, names: map[string]string{},
		wake: make(chan struct{}, 1), conns: map[*conn]bool{}, links: map[string]*link{},
	}
	n.store.ClockTTL(true)
	first, err := n.store.Dial() // which starts the server
	if err != nil {
		return nil, err
	}
	n.server = n.store.Server()
	sources, err := scripts.Sources()
	for _, source := range sources {
		n.names[source.SHA] = source.Name
	}
	return n, errors.Join(err, first.Close())
}

// run carries messages until stop is closed.
func (n *network) run(stop <-chan struct{}) {
	defer n.store.Close()
	for {
		select {
		case <-stop:
			return
		case <-n.wake:
		}
		for {
			time.Sleep(step)
			synctest.Wait()
			if !n.once() {
				break
			}
		}
	}
}

// stir tells that there may be something to do. The lock is held.
func (n *network) stir() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// do has the network do something between two messages.
func (n *network) do(act func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.later(act)
}

// later is do for who holds the lock.
func (n *network) later(act func()) {
	n.todo = append(n.todo, act)
	n.stir()
}

// wait does something between two messages and returns when it is done.
func (n *network) wait(act func()) {
	done := make(chan struct{})
	n.do(func() {
		act()
		close(done)
	})
	<-done
}

// once does the next thing, if there is one.
func (n *network) once() bool {
	n.mu.Lock()
	if len(n.todo) > 0 {
		act := n.todo[0]
		n.todo = n.todo[1:]
		n.mu.Unlock()
		act()
		return true
	}
	var next *conn
	for c := range n.conns {
		if len(c.out) > 0 && n.passes(c.owner) && (next == nil || c.order(next) < 0) {
			next = c
		}
	}
	if next == nil {
		n.mu.Unlock()
		return false
	}
	data := next.out
	next.out, next.last = nil, data
	fate := n.fate(next.owner)
	n.mu.Unlock()
	n.carry(next, data, fate)
	return true
}

// carry brings a message to the store and the reply back.
func (n *network) carry(c *conn, data []byte, f fate) {
	if f != requestLost {
		for _, args := range parseCommands(data) {
			n.execute(c, args)
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	reply := slices.Clone(c.reply.Bytes())
	c.reply.Reset()
	switch {
	case c.err != nil || f == swallowed:
	case f == requestLost || f == replyLost:
		c.broken(reset())
	default:
		c.arrived(reply)
	}
}

func (n *network) execute(c *conn, args []string) {
	from := c.reply.Len()
	name := strings.ToLower(args[0])
	if known, ok := n.names[args[min(1, len(args)-1)]]; ok && name == "evalsha" {
		name = known
	}
	if !n.handled(c, name, args) {
		n.server.Dispatch(c.peer, n.mistaken(name, args))
		c.peer.Flush()
	}
	reply, _ := parseReply(c.reply.Bytes()[from:])
	n.watch(&command{at: time.Now(), owner: c.owner, role: c.role, name: name, args: args, reply: reply})
	n.ring()
}

// dial connects a client to the store. Subscriptions are connected in any case, and
// hear nothing during a fault: go-redis holds a lock meanwhile, and in a bubble time
// stands still while somebody waits for a lock.
func (n *network) dial(ctx context.Context, owner, role string, limit time.Duration) (net.Conn, error) {
	n.mu.Lock()
	switch {
	case role == nudges || n.passes(owner):
		defer n.mu.Unlock()
		n.dials++
		c := newConn(n, owner, role, n.dials)
		n.conns[c] = true
		return c, nil
	case n.links[owner].cut || n.whole.cut || n.ended:
		n.mu.Unlock()
		return nil, refused()
	}
	n.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	<-ctx.Done()
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
}
