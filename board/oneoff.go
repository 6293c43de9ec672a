package board

import (
	"slices"
	"time"

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
			RetryOn: o.RetryOn, NoRetryOn: o.NoRetryOn, OnLost: o.OnLost, Overlap: jobs.Allow,
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
	if err := jobs.ValidatePayload(o.Payload); err != nil {
		return "", err
	}
	return t.template.Text(o.Payload)
}

// like tells whether two are the same but for their payloads.
func (o *OneOff) like(p *OneOff) bool {
	return o.Runner == p.Runner && o.Timeout == p.Timeout && o.Grace == p.Grace && o.Retries == p.Retries && o.Backoff == p.Backoff &&
		o.OnLost == p.OnLost && slices.Equal(o.RetryOn, p.RetryOn) && slices.Equal(o.NoRetryOn, p.NoRetryOn)
}
