package worker_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/worker"
)

// pages notes what attempts print, and the ends of their output.
type pages struct {
	mu   sync.Mutex
	text strings.Builder
}

func (p *pages) add(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(&p.text, format, args...)
}

func (p *pages) tee(a *jobs.Attempt) io.WriteCloser { return page{p, a} }

// page is a tee that always fails.
type page struct {
	*pages
	a *jobs.Attempt
}

func (p page) Write(text []byte) (int, error) {
	p.add("%s of %s: %q\n", p.a.Run, p.a.Agent, text)
	return 0, io.ErrClosedPipe
}

func (p page) Close() error {
	p.add("end\n")
	return io.ErrClosedPipe
}

func TestWhatAttemptsPrintGoesToTheTeeUntilTheyEndHoweverTheyDo(t *testing.T) {
	var p pages
	ends := map[string]func(){"returns": func() {}, "panics": func() { panic("ouch") }, "leaves": runtime.Goexit}
	bubble(t, worker.Config{Tee: p.tee}, func(_ context.Context, a *jobs.Attempt) error {
		if _, err := io.WriteString(a.Output, "one"); err != nil {
			return err
		}
		fmt.Fprint(a.Output, "two")
		ends[a.Payload]()
		return nil
	}, func(s *scene) {
		for _, how := range []string{"returns", "panics", "leaves"} {
			run := s.redis.push(jobs.Attempt{Payload: how})
			s.after(time.Second)
			p.mu.Lock()
			got := p.text.String()
			p.text.Reset()
			p.mu.Unlock()
			if want := fmt.Sprintf("%s of me: \"one\"\n%s of me: \"two\"\nend\n", run, run); got != want {
				t.Errorf("an attempt that %s: got %q, want %q", how, got, want)
			}
		}
		_, list := s.redis.seen()
		for _, end := range list {
			if end.Output != "onetwo" {
				t.Errorf("got the output %q kept, want onetwo: a tee that fails is no matter of the run's", end.Output)
			}
		}
		if len(list) != 3 || list[0].State != jobs.Succeeded {
			t.Errorf("got %+v, want three ends, the first a success", list)
		}
	})
}
