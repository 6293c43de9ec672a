package simulation

import (
	"bufio"
	"bytes"
	"encoding/json"

	"github.com/alicebob/miniredis/v2/server"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// reader reads the store beside the network, from the network's own goroutine.
type reader struct {
	net     *network
	keys    scripts.Keys
	out     *bytes.Buffer
	peer    *server.Peer
	ledger  string // the last message that was read
	history string
}

func newReader(n *network) *reader {
	keys, _ := scripts.For("jobs")
	out := &bytes.Buffer{}
	return &reader{net: n, keys: keys, out: out, peer: server.NewPeer(bufio.NewWriter(out))}
}

func (r *reader) ask(args ...string) any {
	r.out.Reset()
	r.net.server.Dispatch(r.peer, args)
	r.peer.Flush()
	value, _ := parseReply(r.out.Bytes())
	return value
}

// pairs answers the fields and values that a stream got since the last time.
func (r *reader) pairs(stream string, last *string) [][2]string {
	entries, _ := r.net.store.Stream(stream)
	from := len(entries)
	for from > 0 && entries[from-1].ID != *last {
		from--
	}
	var list [][2]string
	for _, entry := range entries[from:] {
		*last = entry.ID
		for i := 0; i+1 < len(entry.Values); i += 2 {
			list = append(list, [2]string{entry.Values[i], entry.Values[i+1]})
		}
	}
	return list
}

// line is one of the ledger.
type line struct {
	name    string // run, or nominal identity
	text    string
	Outcome string
	Token   string
	Count   int // of nominal times that were missed
	Missed  int // of those behind the one that is named
	By      string
}

func (r *reader) lines() []line {
	var list []line
	for _, pair := range r.pairs(r.keys.Ledger(), &r.ledger) {
		l := line{name: pair[0], text: pair[1]}
		if err := json.Unmarshal([]byte(pair[1]), &l); err != nil {
			l.Outcome = err.Error()
		}
		list = append(list, l)
	}
	return list
}

// records are those of ended attempts; State is retrying when another one follows.
func (r *reader) records() []jobs.Run {
	var list []jobs.Run
	for _, pair := range r.pairs(r.keys.History(), &r.history) {
		run, ok := scripts.ParseRecord(pair[1])
		if !ok {
			run = jobs.Run{ID: pair[0], State: jobs.State("unreadable: " + pair[1])}
		}
		list = append(list, run)
	}
	return list
}

// queued are the entries of all queues.
func (r *reader) queued() []jobs.Run {
	var list []jobs.Run
	for _, kind := range kinds {
		entries, _ := r.net.store.List(r.keys.Queue(kind))
		for _, text := range entries {
			run, ok := scripts.ParseQueued(text)
			if !ok {
				run = jobs.Run{ID: text}
			}
			list = append(list, run)
		}
	}
	return list
}
