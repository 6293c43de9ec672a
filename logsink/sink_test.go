package logsink

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
)

// place is a destination that a test holds in its hands.
type place struct {
	mu    sync.Mutex
	texts []string
	err   error         // of each delivery while it is not nil
	hang  chan struct{} // a delivery ends when it is closed; nil: at once
	tries int
}

func (p *place) deliver(ctx context.Context, lines []line) ([]line, int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tries++
	if p.err != nil {
		return lines, 0, p.err
	}
	if p.hang != nil {
		<-p.hang
	}
	for _, l := range lines {
		p.texts = append(p.texts, l.text)
	}
	return nil, 0, nil
}

func (p *place) explain(err error) trouble {
	return trouble{kind: err.Error(), what: "cannot deliver", fix: "do something", slow: strings.HasPrefix(err.Error(), "slow")}
}

func (p *place) close() error { return nil }

func (p *place) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tries
}

func (p *place) set(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
}

func (p *place) got() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.texts, "\n")
}

// inBubble runs a test with a sink to a place in virtual time.
func inBubble(t *testing.T, spec Spec, test func(t *testing.T, s *scene, p *place)) {
	synctest.Test(t, func(t *testing.T) {
		s, p := &scene{t: t, log: &diary{}}, &place{}
		s.Set = &Set{host: "db1"}
		s.Named("one")
		s.sinks = []*sink{newSink(spec, p, pace{linger: time.Second, bytes: 64 << 10, chunk: 100}, s.log.logger())}
		test(t, s, p)
		if _, err := s.end(time.Second); err != nil {
			t.Logf("at the end: %v", err)
		}
	})
}

var small = Spec{name: "small", buffer: minBuffer, wait: time.Second}

func TestASinkGathersLinesForItsLingerAndNotLonger(t *testing.T) {
	t.Parallel()
	inBubble(t, small, func(t *testing.T, s *scene, p *place) {
		w := s.attempt("dump")
		s.print(w, "a\nb\n")
		time.Sleep(900 * time.Millisecond)
		if got := p.got(); got != "" {
			t.Errorf("got %q before the linger has passed, want nothing", got)
		}
		s.print(w, "c\n")
		time.Sleep(200 * time.Millisecond)
		if got := p.got(); got != "a\nb\nc" || p.count() != 1 {
			t.Errorf("got %q in %d deliveries, want a, b and c in one", got, p.count())
		}
		s.print(w, strings.Repeat(strings.Repeat("x", 1000)+"\n", 70))
		synctest.Wait()
		if p.count() != 2 {
			t.Errorf("got %d deliveries, want one at once when enough has come", p.count())
		}
	})
}

func TestASinkThatHangsHoldsARunUpOnceForItsWait(t *testing.T) {
	t.Parallel()
	inBubble(t, small, func(t *testing.T, s *scene, p *place) {
		p.hang = make(chan struct{})
		w := s.attempt("flood")
		begin := time.Now()
		s.print(w, strings.Repeat(strings.Repeat("x", 1000)+"\n", 5000))
		if took := time.Since(begin); took != time.Second {
			t.Errorf("5 MB to a sink that hangs took %v, want the wait of 1s", took)
		}
		other := s.attempt("other")
		begin = time.Now()
		s.print(other, strings.Repeat(strings.Repeat("y", 1000)+"\n", 3))
		zap.New(s.Core(zap.InfoLevel)).Info(strings.Repeat("busy", 300))
		if took := time.Since(begin); took != 0 {
			t.Errorf("others were held up for %v by a sink that is known to hang, want them to go on", took)
		}
		other.Close()
		close(p.hang)
		w.Close()
		got, err := s.end(time.Second)
		if err != nil || got.Written != 5004 || got.Delivered+got.Dropped[dropFull] != got.Written || got.Delivered < 900 {
			t.Errorf("got %+v, %v, want 5004 lines, each delivered or dropped", got, err)
		}
		if !strings.HasSuffix(p.got(), "lines dropped here, the log sink was full") || !strings.Contains(p.got(), "jobs-agent: 3 lines dropped here") {
			t.Errorf("got %q at the end, want notes of what is missing", p.got()[len(p.got())-300:])
		}
	})
}

func TestASinkTellsOfATroubleOnceAndOfItsEnd(t *testing.T) {
	t.Parallel()
	inBubble(t, small, func(t *testing.T, s *scene, p *place) {
		w := s.attempt("dump")
		p.set(errors.New("away"))
		s.print(w, "a\n")
		time.Sleep(2 * time.Second) // of which the linger is one
		if got := s.log.String(); got != "" {
			t.Errorf("got the log %q of a trouble that is young, want nothing", got)
		}
		time.Sleep(8 * time.Minute)
		if got := s.log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "cannot deliver") || !strings.Contains(got, "do something") {
			t.Errorf("got the log %q, want one line with what and what to do", got)
		}
		time.Sleep(3 * time.Minute)
		if got := s.log.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "still: ") {
			t.Errorf("got the log %q, want a reminder after 10 minutes", got)
		}
		if p.count() < 40 || p.count() > 200 {
			t.Errorf("got %d tries in 11 minutes, want some each 5 to 10 s", p.count())
		}
		p.set(nil)
		time.Sleep(time.Minute)
		if got := s.log.String(); !strings.Contains(got, "all is delivered again") || p.got() != "a" {
			t.Errorf("got %q and the log %q, want a delivered and the end told", p.got(), got)
		}
	})
}

func TestASinkTriesSeldomWhatOnlyAPersonCanMend(t *testing.T) {
	t.Parallel()
	inBubble(t, small, func(t *testing.T, s *scene, p *place) {
		p.set(errors.New("slow: access denied"))
		w := s.attempt("dump")
		s.print(w, "a\n")
		time.Sleep(1100 * time.Millisecond)
		if got := s.log.String(); strings.Count(got, "\n") != 1 {
			t.Errorf("got the log %q, want one line at once", got)
		}
		time.Sleep(10 * time.Minute)
		if p.count() < 20 || p.count() > 42 {
			t.Errorf("got %d tries in 10 minutes, want one each 15 to 30 s", p.count())
		}
		p.set(nil)
		got, err := s.end(time.Second) // wakes it
		if err != nil || got.Delivered != 1 {
			t.Errorf("got %+v, %v, want the line delivered at the end", got, err)
		}
	})
}

func TestASinkThatCannotDeliverEndsInTimeAndSaysWhatIsLost(t *testing.T) {
	t.Parallel()
	inBubble(t, small, func(t *testing.T, s *scene, p *place) {
		p.set(errors.New("away"))
		w := s.attempt("dump")
		s.print(w, numbered(0, 7, ""))
		begin := time.Now()
		got, err := s.end(3 * time.Second)
		if took := time.Since(begin); took != 3*time.Second || err == nil || !strings.Contains(err.Error(), "7 lines were not delivered") {
			t.Errorf("got %v after %v, want 7 lines told after 3s", err, took)
		}
		s.print(w, "late\n")
		got = s.Stats()[0]
		if got.Dropped[dropClosed] != 8 || got.Written != 8 || got.Delivered != 0 {
			t.Errorf("got %+v, want 8 lines dropped because of the end", got)
		}
	})
}
