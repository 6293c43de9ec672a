package jobs_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
)

func TestValidateID(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, id, want string
	}{
		{"a word", "nightly", ""},
		{"blanks, slashes and signs of run ids", "shares:2014/10/16/x @#.", ""},
		{"any script", "größe-日本-🙂", ""},
		{"512 bytes", strings.Repeat("é", 256), ""},
		{"513 bytes", strings.Repeat("x", 513), "has 513 bytes"},
		{"nothing", "", "is empty"},
		{"bytes that are no UTF-8", "a\xff", "is not UTF-8"},
		{"a line feed", "a\nb", "control character"},
		{"NUL", "a\x00", "control character"},
		{"DEL", "a\x7f", "control character"},
		{"a control character behind ASCII", "a\u0085", "control character"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			refusedWith(t, jobs.ValidateID(tt.id), tt.want)
		})
	}
}

func TestValidateRunner(t *testing.T) {
	t.Parallel()
	for runner, want := range map[string]string{
		"shell": "", "a:b": "", "größe": "", strings.Repeat("x", 128): "",
		"": "1 to 128 bytes", "a b": "1 to 128 bytes", "a\t": "1 to 128 bytes", "a\x7f": "1 to 128 bytes", "\xff": "1 to 128 bytes",
		strings.Repeat("x", 129): "1 to 128 bytes",
	} {
		refusedWith(t, jobs.ValidateRunner(runner), want)
	}
}

func TestValidatePayload(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]string{
		"": "", "[]": "", "\x01\r\n\t": "", strings.Repeat("x", jobs.MaxPayload): "",
		strings.Repeat("x", jobs.MaxPayload+1): "has 1048577 bytes",
		"ab\x00c":                              "NUL byte at 2", "\xc3": "not UTF-8",
	} {
		refusedWith(t, jobs.ValidatePayload(payload), want)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	start := time.Unix(1000, 0)
	tests := []struct {
		name   string
		change func(j *jobs.Job)
		want   string
	}{
		{"a job that runs once", func(*jobs.Job) {}, ""},
		{"every policy", func(j *jobs.Job) { *j = everyField(); j.Lambda, j.Step, j.Min, j.Max = 0, 0, 0, 0 }, ""},
		{"no id", func(j *jobs.Job) { j.ID = "" }, "id is empty"},
		{"no runner", func(j *jobs.Job) { j.Runner = "" }, "runner type"},
		{"a payload with NUL", func(j *jobs.Job) { j.Payload = "\x00" }, "NUL byte"},

		{"a negative interval", func(j *jobs.Job) { j.Interval = -1 }, "interval -1ns is negative"},
		{"an interval under a millisecond", func(j *jobs.Job) { j.Interval = time.Millisecond - 1 }, "under a millisecond"},
		{"an interval of a millisecond", func(j *jobs.Job) { j.Interval = time.Millisecond }, ""},
		{"a negative duration", func(j *jobs.Job) { j.Duration = -1 }, "duration and repeat"},
		{"a negative repeat", func(j *jobs.Job) { j.Repeat = -1 }, "duration and repeat"},
		{"repeat once without an interval", func(j *jobs.Job) { j.Repeat = 1 }, ""},
		{"repeat twice without an interval", func(j *jobs.Job) { j.Repeat = 2 }, "repeat needs an interval"},
		{"a negative step", func(j *jobs.Job) { j.Interval, j.Step = time.Second, -1 }, "step -1ns is negative"},
		{"a step without an interval", func(j *jobs.Job) { j.Step = 1 }, "lambda and step need an interval"},
		{"lambda without an interval", func(j *jobs.Job) { j.Lambda = 2 }, "lambda and step need an interval"},
		{"lambda 1 without an interval", func(j *jobs.Job) { j.Lambda = 1 }, ""},
		{"a negative lambda", func(j *jobs.Job) { j.Interval, j.Lambda = time.Second, -2 }, "lambda -2"},
		{"lambda that is no number", func(j *jobs.Job) { j.Interval, j.Lambda = time.Second, math.NaN() }, "lambda NaN"},
		{"infinite lambda", func(j *jobs.Job) { j.Interval, j.Lambda = time.Second, math.Inf(1) }, "lambda +Inf"},
		{"stop before start", func(j *jobs.Job) { j.Start, j.Stop = start, start.Add(-1) }, "is before start"},
		{"lambda beside cron", func(j *jobs.Job) { j.Interval, j.Lambda, j.Cron = time.Hour, 2, "@daily" }, "they go with no cron"},
		{"lambda beside jitter", func(j *jobs.Job) { j.Interval, j.Step, j.Jitter = time.Hour, 2, time.Second }, "they go with no cron"},
		{"a min above the max", func(j *jobs.Job) { j.Interval, j.Lambda, j.Min, j.Max = time.Hour, 2, 3, 2 }, "min not above max"},
		{"a max without lambda", func(j *jobs.Job) { j.Interval, j.Max = time.Hour, 2 }, "they need lambda"},
		{"repeat with cron", func(j *jobs.Job) { j.Cron, j.Repeat = "@daily", 3 }, ""},
		{"jitter without times", func(j *jobs.Job) { j.Jitter = time.Second }, "except and jitter need an interval"},
		{"jitter of half a second", func(j *jobs.Job) { j.Interval, j.Jitter = time.Hour, time.Second/2 }, "jitter 500ms: whole seconds"},
		{"jitter over a day", func(j *jobs.Job) { j.Interval, j.Jitter = time.Hour, 24*time.Hour+time.Second }, "jitter 24h0m1s: whole seconds"},
		{"a bar in cron", func(j *jobs.Job) { j.Cron = "* * * * *|" }, "without | are allowed"},
		{"a line feed in a zone", func(j *jobs.Job) { j.Timezone = "Europe\nBerlin" }, "printable ASCII"},
		{"101 schedules", func(j *jobs.Job) { j.Also = make([]string, 101) }, "schedules has 101 members"},
		{"an unknown gap", func(j *jobs.Job) { j.Gap = "x" }, `dst_gap "x": allowed are shift, skip`},
		{"an unknown fold", func(j *jobs.Job) { j.Fold = "x" }, `dst_overlap "x": allowed are first, second, both`},
		{"after itself", func(j *jobs.Job) { j.After = []string{j.ID} }, "is the job itself"},
		{"after one job twice", func(j *jobs.Job) { j.After = []string{"a", "a"} }, "named twice"},
		{"on without after", func(j *jobs.Job) { j.On = jobs.Failure }, "on and within need after"},
		{"an unknown on", func(j *jobs.Job) { j.After, j.On = []string{"a"}, "x" }, `on "x": allowed are success, failure, always`},
		{"an unknown priority", func(j *jobs.Job) { j.Priority = "x" }, `priority "x": allowed are normal, high, low`},
		{"stop at start", func(j *jobs.Job) { j.Start, j.Stop = start, start }, ""},

		{"a negative timeout", func(j *jobs.Job) { j.Timeout = -1 }, "timeout -1ns is negative"},
		{"a negative grace", func(j *jobs.Job) { j.Grace = -1 }, "grace -1ns is negative"},
		{"a negative misfire grace", func(j *jobs.Job) { j.MisfireGrace = -1 }, "misfire_grace -1ns is negative"},
		{"a negative delay", func(j *jobs.Job) { j.Backoff.Delay = -1 }, "backoff_delay -1ns is negative"},
		{"a negative cap", func(j *jobs.Job) { j.Backoff.Cap = -1 }, "backoff_cap -1ns is negative"},
		{"negative retries", func(j *jobs.Job) { j.Retries = -1 }, "retries -1"},
		{"1000 retries", func(j *jobs.Job) { j.Retries = 1000 }, ""},
		{"1001 retries", func(j *jobs.Job) { j.Retries = 1001 }, "retries 1001"},
		{"a factor under 1", func(j *jobs.Job) { j.Backoff.Factor = 0.5 }, "backoff_factor 0.5"},
		{"a factor that is no number", func(j *jobs.Job) { j.Backoff.Factor = math.NaN() }, "backoff_factor NaN"},
		{"a factor over 100", func(j *jobs.Job) { j.Backoff.Factor = 101 }, "backoff_factor 101"},
		{"jitter over 1", func(j *jobs.Job) { j.Backoff.Jitter = 1.1 }, "backoff_jitter 1.1"},
		{"jitter that is no number", func(j *jobs.Job) { j.Backoff.Jitter = math.NaN() }, "backoff_jitter NaN"},
		{"an unknown overlap", func(j *jobs.Job) { j.Overlap = "x" }, `overlap "x": allowed are forbid, allow, queue, replace`},
		{"an unknown misfire", func(j *jobs.Job) { j.Misfire = "once" }, `misfire "once": allowed are run-once, skip, run-all`},
		{"an unknown on_lost", func(j *jobs.Job) { j.OnLost = "x" }, `on_lost "x": allowed are requeue, fail`},
		{"more history than may be kept", func(j *jobs.Job) { j.Keep.Runs = 10001 }, "keep_runs 10001: 1 to 10000 are allowed"},
		{"more outputs than may be kept", func(j *jobs.Job) { j.Keep.Outputs = -1 }, "keep_outputs -1: 1 to 1000 are allowed"},
		{"a history that is too old", func(j *jobs.Job) { j.Keep.Age = 400 * 24 * time.Hour }, "keep_age 9600h0m0s: 1s to 366 days are allowed"},
		{"an unknown cut_off", func(j *jobs.Job) { j.CutOff = "x" }, `cut_off "x": allowed are keep, stop`},
		{"an unknown backoff", func(j *jobs.Job) { j.Backoff.Growth = "x" }, `backoff "x": allowed are exponential, linear, fixed`},

		{"a field of others", func(j *jobs.Job) { j.Fields = fields("team", `"ops"`) }, ""},
		{"a field that is known by a name of its own", func(j *jobs.Job) { j.Fields = fields("timeout", `5`) }, `field "timeout"`},
		{"a field of the head of queue entries", func(j *jobs.Job) { j.Fields = fields("queued", `5`) }, `field "queued"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			job := jobs.Job{ID: "x", Runner: "shell"}
			tt.change(&job)
			refusedWith(t, job.Validate(), tt.want)
		})
	}
}

func fields(name, value string) map[string]json.RawMessage {
	return map[string]json.RawMessage{name: json.RawMessage(value)}
}

// refusedWith checks that err is ErrInvalid and says what is wanted, or is nil
// when nothing is.
func refusedWith(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Errorf("got %v, want no error", err)
		}
		return
	}
	if !errors.Is(err, jobs.ErrInvalid) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want ErrInvalid with %q", err, want)
	}
}
