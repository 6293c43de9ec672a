package jobs

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Job is a job as people and programs put it on a board. Empty policies mean the
// defaults of docs/metadata.md.
type Job struct {
	ID      string // 1 to 512 bytes of UTF-8 without control characters
	Runner  string // the runner type, which names the queue
	Payload string // text for the runner, kept byte for byte
	Schedule

	Timeout time.Duration // of one attempt; 0: none
	Grace   time.Duration // between TERM and KILL; 0: 5 s

	Retries   int // 0: none
	Backoff   Backoff
	RetryOn   []int // exit codes that are retried; empty: all
	NoRetryOn []int // exit codes that are not

	Overlap      Overlap
	Misfire      Misfire
	MisfireGrace time.Duration // later than that, a nominal time is missed; 0: no limit
	OnLost       OnLost
	CutOff       CutOff
	Priority     Priority
	Keep         Keep
	Hosts        Hosts

	// After are the ids of the upstream jobs whose ends make this job run; On says
	// which ends count, and Within how old the success of an upstream job with
	// another root may be (0: 24 h).
	After  []string
	On     On
	Within time.Duration

	// OnFailure is called when a run ends failed or dead: a shell command, or an
	// http or https URL.
	OnFailure string

	// BoardFile names the board file that the job came from. Applying that file may
	// remove the job again.
	BoardFile string

	// Fields are metadata that this program does not know; they survive.
	Fields map[string]json.RawMessage
}

// ValidateID tells what is wrong with a job id.
func ValidateID(id string) error {
	switch {
	case id == "":
		return fmt.Errorf("%w: the job id is empty", ErrInvalid)
	case len(id) > 512:
		return fmt.Errorf("%w: the job id has %d bytes, at most 512 are allowed", ErrInvalid, len(id))
	case !utf8.ValidString(id):
		return fmt.Errorf("%w: job id %q is not UTF-8", ErrInvalid, id)
	case strings.ContainsFunc(id, func(r rune) bool { return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 }):
		return fmt.Errorf("%w: job id %q has a control character", ErrInvalid, id)
	}
	return nil
}

// ValidateRunner tells what is wrong with the name of a runner type.
func ValidateRunner(runner string) error {
	if runner == "" || len(runner) > 128 || !utf8.ValidString(runner) ||
		strings.ContainsFunc(runner, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return fmt.Errorf("%w: runner type %q: 1 to 128 bytes of UTF-8 without blanks are allowed", ErrInvalid, runner)
	}
	return nil
}

// ValidatePayload tells what is wrong with a payload.
func ValidatePayload(payload string) error {
	switch {
	case len(payload) > MaxPayload:
		return fmt.Errorf("%w: the payload has %d bytes, at most %d are allowed: put large data elsewhere and pass its address",
			ErrInvalid, len(payload), MaxPayload)
	case strings.IndexByte(payload, 0) >= 0:
		return fmt.Errorf("%w: the payload has a NUL byte at %d, which no program can be given", ErrInvalid, strings.IndexByte(payload, 0))
	case !utf8.ValidString(payload):
		return fmt.Errorf("%w: the payload is not UTF-8: encode it, for instance as base64", ErrInvalid)
	}
	return nil
}

// Validate tells what is wrong with the job, before anything is written.
func (j *Job) Validate() error {
	for _, err := range []error{ValidateID(j.ID), ValidateRunner(j.Runner), ValidatePayload(j.Payload), j.validate(), j.validatePolicies()} {
		if err != nil {
			return err
		}
	}
	for name := range j.Fields {
		if _, ours := fieldNames()[name]; ours || slices.Contains([]string{"run", "queued", "replay_of", "flow", "upstream", "failed", "for_agent"}, name) {
			return fmt.Errorf("%w: field %q has a meaning of its own", ErrInvalid, name)
		}
	}
	return nil
}

func (j *Job) validatePolicies() error {
	for name, d := range map[string]time.Duration{
		"timeout": j.Timeout, "grace": j.Grace, "misfire_grace": j.MisfireGrace, "within": j.Within, "backoff_delay": j.Backoff.Delay, "backoff_cap": j.Backoff.Cap,
	} {
		if d < 0 {
			return fmt.Errorf("%w: %s %v is negative", ErrInvalid, name, d)
		}
	}
	if len(j.After) == 0 && (j.On != "" || j.Within != 0) {
		return fmt.Errorf("%w: on and within need after, the jobs that are meant", ErrInvalid)
	}
	if len(j.After) > 100 {
		return fmt.Errorf("%w: after names %d jobs, at most 100 are allowed", ErrInvalid, len(j.After))
	}
	for i, parent := range j.After {
		if err := ValidateID(parent); err != nil {
			return fmt.Errorf("after: %w", err)
		}
		if parent == j.ID || slices.Contains(j.After[:i], parent) {
			return fmt.Errorf("%w: after names %q, which is the job itself or named twice", ErrInvalid, parent)
		}
	}
	if err := j.validateHosts(); err != nil {
		return err
	}
	if j.Retries < 0 || j.Retries > 1000 {
		return fmt.Errorf("%w: retries %d: 0 to 1000 are allowed", ErrInvalid, j.Retries)
	}
	if f := j.Backoff.Factor; f != 0 && !(f >= 1 && f <= 100) {
		return fmt.Errorf("%w: backoff_factor %v: 1 to 100 are allowed", ErrInvalid, f)
	}
	if f := j.Backoff.Jitter; !(f >= 0 && f <= 1) {
		return fmt.Errorf("%w: backoff_jitter %v: 0 to 1 are allowed", ErrInvalid, f)
	}
	if err := j.Keep.validate(); err != nil {
		return err
	}
	return firstError(
		oneOf("overlap", string(j.Overlap), string(Forbid), string(Allow), string(Queue), string(Replace)),
		oneOf("misfire", string(j.Misfire), string(RunOnce), string(Skip), string(RunAll)),
		oneOf("on_lost", string(j.OnLost), string(Requeue), string(FailOnLost)),
		oneOf("cut_off", string(j.CutOff), string(KeepRunning), string(StopRunning)),
		oneOf("priority", string(j.Priority), string(Normal), string(High), string(Low)),
		oneOf("on", string(j.On), string(Success), string(Failure), string(Always)),
		oneOf("backoff", string(j.Backoff.Growth), string(Exponential), string(Linear), string(Fixed)),
	)
}

// validateHosts wants hosts as ParseHosts answers them.
func (j *Job) validateHosts() error {
	kept, err := ParseHosts(string(j.Hosts))
	switch {
	case err != nil:
		return err
	case kept != j.Hosts && j.Hosts != OneHost:
		return fmt.Errorf("%w: hosts %q: write it as %q", ErrInvalid, j.Hosts, kept)
	case kept != AllHosts:
		return nil
	case len(j.After) > 0 || slices.ContainsFunc(append([]string{j.Cron}, j.Also...), func(c string) bool { return strings.EqualFold(c, "@reboot") }):
		return fmt.Errorf("%w: hosts all does not go with after or @reboot: give it a schedule, or hosts a selector", ErrInvalid)
	case j.Misfire == RunAll:
		return fmt.Errorf("%w: hosts all does not go with misfire run-all: which agents lived at times that passed is not known", ErrInvalid)
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func oneOf(name, value string, allowed ...string) error {
	if value == "" || slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("%w: %s %q: allowed are %s", ErrInvalid, name, value, strings.Join(allowed, ", "))
}
