package test

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/test/chaos"
)

// watch reads the history and the ledger while they grow, since both are bounded.
type watch struct {
	rdb   redis.UniversalClient
	last  map[string]string // stream -> id of the last message read
	facts []chaos.Fact
	wrong error // a line that cannot be read

	stop  chan struct{}
	ended sync.WaitGroup
}

func startWatch(t *testing.T, rdb redis.UniversalClient) *watch {
	w := &watch{rdb: rdb, last: map[string]string{"jobs:history": "-", "jobs:ledger": "-"}, stop: make(chan struct{})}
	w.ended.Go(func() {
		look := time.NewTicker(250 * time.Millisecond)
		defer look.Stop()
		for {
			select {
			case <-w.stop:
				return
			case <-look.C:
				w.read() // Redis may be out of reach: the next time, then
			}
		}
	})
	t.Cleanup(w.end)
	return w
}

func (w *watch) end() {
	select {
	case <-w.stop:
	default:
		close(w.stop)
	}
	w.ended.Wait()
}

// all ends the watch and answers everything that was written.
func (w *watch) all(t *testing.T) []chaos.Fact {
	t.Helper()
	w.end()
	eventually(t, "the end of the history is read", func() bool { return w.read() == nil })
	if w.wrong != nil {
		t.Fatal(w.wrong)
	}
	return w.facts
}

func (w *watch) read() error {
	for stream := range w.last {
		for {
			n, err := w.page(stream)
			if err != nil {
				return err
			}
			if n < 1000 {
				break
			}
		}
	}
	return nil
}

// page reads up to 1,000 messages. Not by XRange, whose maps would lose the first
// of two lines about one run in one message.
func (w *watch) page(stream string) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	messages, err := w.rdb.Do(ctx, "XRANGE", stream, w.last[stream], "+", "COUNT", 1000).Slice()
	if err != nil {
		return 0, err
	}
	for _, message := range messages {
		parts := message.([]any)
		id, lines := parts[0].(string), parts[1].([]any)
		ms, _, _ := strings.Cut(id, "-")
		n, err := strconv.ParseInt(ms, 10, 64)
		if err != nil {
			return 0, err
		}
		for i := 0; i+1 < len(lines); i += 2 {
			w.line(stream, time.UnixMilli(n), lines[i].(string), lines[i+1].(string))
		}
		w.last[stream] = "(" + id
	}
	return len(messages), nil
}

func (w *watch) line(stream string, at time.Time, name, text string) {
	var fact chaos.Fact
	var err error
	about := true
	if stream == "jobs:history" {
		fact, err = chaos.ReadHistory(at, text)
	} else {
		fact, about, err = chaos.ReadLedger(at, name, text)
	}
	if err != nil {
		w.wrong = err
	} else if about {
		w.facts = append(w.facts, fact)
	}
}
