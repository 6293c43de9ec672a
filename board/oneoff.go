package board

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jobs-agent/jobs"
)

// OneOff is a run without a job: a runner type, a payload and how to go about it.
type OneOff struct {
	Runner    string
	Payload   string
	Timeout   time.Duration
	Grace     time.Duration
	Retries   int
	Backoff   jobs.Backoff
	RetryOn   []int
	NoRetryOn []int
	OnLost    jobs.OnLost
	Priority  jobs.Priority // within its runner type
	Hosts     jobs.Hosts    // a selector, as jobs.ParseHosts answers it; empty: any agent

	At time.Time     // not before; zero: now
	In time.Duration // so long from now, by the clock of Redis, instead of At

	// TTL drops the run when no agent has taken it so long after it was queued, or
	// after At; 0: never.
	TTL time.Duration

	// ID is a name of the caller's own, within the runner type. Enqueued again under
	// it, until a day after its end, the run is answered and nothing is queued.
	ID string

	// Unique is a key, within the runner type, that one run can hold: from when it is
	// enqueued until it has ended, but at most UniqueFor (0: 24 h, the most that is
	// possible) after At. Meanwhile who asks for the same key gets that run.
	Unique    string
	UniqueFor time.Duration
}

// conditional tells whether JPUSH cannot do it.
func (o *OneOff) conditional() bool {
	return !o.At.IsZero() || o.In != 0 || o.TTL != 0 || o.ID != "" || o.Unique != "" || o.UniqueFor != 0
}

func (o *OneOff) validate() error {
	switch {
	case o.In != 0 && !o.At.IsZero():
		return fmt.Errorf("%w: either a time or a delay can be given", jobs.ErrInvalid)
	case o.Hosts == jobs.AllHosts:
		return fmt.Errorf("%w: hosts all is for jobs: put one without a schedule, and run it", jobs.ErrInvalid)
	case o.In < 0 || o.TTL < 0 || o.UniqueFor < 0:
		return fmt.Errorf("%w: a delay, ttl or unique_for is negative", jobs.ErrInvalid)
	case o.UniqueFor > 24*time.Hour:
		return fmt.Errorf("%w: unique_for %v: at most 24 h are possible", jobs.ErrInvalid, o.UniqueFor)
	case o.UniqueFor > 0 && o.Unique == "":
		return fmt.Errorf("%w: unique_for needs unique, the key that is meant", jobs.ErrInvalid)
	case o.At.Unix() > 2e10:
		return fmt.Errorf("%w: the time is too far ahead", jobs.ErrInvalid)
	}
	for name, text := range map[string]string{"id": o.ID, "unique key": o.Unique} {
		if len(text) > 512 || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return fmt.Errorf("%w: %s %.40q: at most 512 bytes of UTF-8 without control characters are allowed", jobs.ErrInvalid, name, text)
		}
	}
	return nil
}

// texts writes the metadata of one-offs. Those of a list mostly differ in their
// payloads alone.
type texts struct {
	like     *OneOff // what the template is of; nil: nothing yet
	template jobs.Template
}

func (t *texts) write(o *OneOff) (string, error) {
	if t.like == nil || !o.like(t.like) {
		job := jobs.Job{
			ID: o.Runner, Runner: o.Runner, Timeout: o.Timeout, Grace: o.Grace, Retries: o.Retries, Backoff: o.Backoff,
			RetryOn: o.RetryOn, NoRetryOn: o.NoRetryOn, OnLost: o.OnLost, Overlap: jobs.Allow, Priority: o.Priority, Hosts: o.Hosts,
		}
		if job.Priority == jobs.Normal {
			job.Priority = ""
		}
		if err := job.Validate(); err != nil {
			return "", err
		}
		template, err := job.Template()
		if err != nil {
			return "", err
		}
		t.like, t.template = o, template
	}
	if err := o.validate(); err != nil {
		return "", err
	}
	if err := jobs.ValidatePayload(o.Payload); err != nil {
		return "", err
	}
	return t.template.Text(o.Payload)
}

// like tells whether two are the same but for their payloads.
func (o *OneOff) like(p *OneOff) bool {
	return o.Runner == p.Runner && o.Timeout == p.Timeout && o.Grace == p.Grace && o.Retries == p.Retries && o.Backoff == p.Backoff &&
		o.OnLost == p.OnLost && o.Priority == p.Priority && o.Hosts == p.Hosts && slices.Equal(o.RetryOn, p.RetryOn) && slices.Equal(o.NoRetryOn, p.NoRetryOn)
}
