package board

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/calendar"
)

// Lines reads one-offs from the texts of JSON objects. Like gives what is absent.
type Lines struct {
	Like  OneOff
	write texts
}

// lineFields are the fields of such an object.
const lineFields = "runner, payload, id, in, at, priority, hosts, unique, unique_for, ttl, timeout, grace, retries, backoff, " +
	"backoff_delay, backoff_factor, backoff_cap, backoff_jitter, retry_on, no_retry_on, on_lost"

// Parse reads one, and checks it as Submit would. Durations are numbers of seconds or
// texts such as "1h30m", times are Unix seconds or RFC 3339. A payload that is no string
// is kept as the JSON text that it is. A field that has no meaning is an error.
func (l *Lines) Parse(text string) (OneOff, error) {
	r := reader{one: l.Like}
	seen := map[string]bool{}
	err := jobs.Fields(text, func(name, value string) {
		if seen[name] {
			r.fail(name, "is there twice")
		}
		seen[name] = true
		r.field(name, value)
	})
	switch {
	case err != nil:
		return OneOff{}, err
	case r.err != nil:
		return OneOff{}, r.err
	case r.one.Runner == "":
		r.fail("runner", "is missing")
	case !seen["payload"]:
		r.fail("payload", "is missing")
	default:
		_, r.err = l.write.write(&r.one)
	}
	return r.one, r.err
}

// reader reads the fields of one object; the first error stays.
type reader struct {
	one OneOff
	err error
}

func (r *reader) fail(name, what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: field %q %s", jobs.ErrInvalid, name, what)
	}
}

func (r *reader) field(name, value string) {
	o := &r.one
	switch name {
	case "runner":
		r.into(name, value, &o.Runner)
	case "payload":
		o.Payload = value
		if value[0] == '"' {
			r.into(name, value, &o.Payload)
		}
	case "id":
		r.into(name, value, &o.ID)
	case "in":
		o.At, o.In = time.Time{}, r.duration(name, value)
	case "at":
		o.In, o.At = 0, r.time(name, value)
	case "priority":
		r.into(name, value, &o.Priority)
	case "hosts":
		r.into(name, value, &o.Hosts)
		hosts, err := jobs.ParseHosts(string(o.Hosts))
		if err != nil && r.err == nil {
			r.err = err
		}
		o.Hosts = hosts
	case "unique":
		r.into(name, value, &o.Unique)
	case "unique_for":
		o.UniqueFor = r.duration(name, value)
	case "ttl":
		o.TTL = r.duration(name, value)
	default:
		r.attempt(name, value)
	}
}

// attempt reads the fields that jobs have, too.
func (r *reader) attempt(name, value string) {
	o := &r.one
	switch name {
	case "timeout":
		o.Timeout = r.duration(name, value)
	case "grace":
		o.Grace = r.duration(name, value)
	case "retries":
		r.into(name, value, &o.Retries)
	case "backoff":
		r.into(name, value, &o.Backoff.Growth)
	case "backoff_delay":
		o.Backoff.Delay = r.duration(name, value)
	case "backoff_factor":
		r.into(name, value, &o.Backoff.Factor)
	case "backoff_cap":
		o.Backoff.Cap = r.duration(name, value)
	case "backoff_jitter":
		r.into(name, value, &o.Backoff.Jitter)
	case "retry_on":
		o.RetryOn = nil // not the list that others have, too
		r.into(name, value, &o.RetryOn)
	case "no_retry_on":
		o.NoRetryOn = nil
		r.into(name, value, &o.NoRetryOn)
	case "on_lost":
		r.into(name, value, &o.OnLost)
	default:
		r.fail(name, "has no meaning; those that have are "+lineFields)
	}
}

func (r *reader) into(name, value string, into any) {
	if value == "null" || value == `""` && name != "payload" || json.Unmarshal([]byte(value), into) != nil {
		r.fail(name, "cannot be "+value)
	}
}

func (r *reader) duration(name, value string) time.Duration {
	d, err := calendar.ParseDuration(strings.Trim(value, `"`))
	if err != nil || d <= 0 {
		r.fail(name, "cannot be "+value+": write it like \"90s\", \"1h30m\", \"1.5d\", or as a number of seconds")
	}
	return d
}

func (r *reader) time(name, value string) time.Time {
	text := strings.Trim(value, `"`)
	at, err := calendar.ParseTime(text, time.Time{})
	if err != nil || strings.HasPrefix(text, "+") || text == "now" {
		r.fail(name, "cannot be "+value+": write it like \"2026-01-31T12:00:00Z\", or as Unix seconds; a delay goes in the field in")
	}
	return at
}
