package jobs

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Metadata is a job as its text on the board says, field for field: the one place
// where names, JSON types and units stand. docs/metadata.md is generated from it.
type Metadata struct {
	ID       string  `json:"id" doc:"job id"`
	Start    *Number `json:"start,omitempty" unit:"Unix seconds" doc:"first nominal time, and the origin of the decay"`
	Runner   string  `json:"runner" doc:"runner type; names the queue"`
	Interval *Number `json:"interval,omitempty" unit:"seconds" doc:"between nominal times; absent or 0: once, at start"`
	Stop     *Number `json:"stop,omitempty" type:"string" unit:"Unix seconds" doc:"no nominal time after this; +inf: none"`
	Lambda   *Number `json:"lambda,omitempty" type:"string" doc:"factor of the interval, once a step"`
	Step     *Number `json:"step,omitempty" type:"string" unit:"seconds" doc:"after which lambda applies once more; 86400 if absent"`

	Min        *Number  `json:"min,omitempty" unit:"seconds" doc:"shortest interval that lambda makes; 1 if absent, or interval if that is shorter"`
	Max        *Number  `json:"max,omitempty" unit:"seconds" doc:"longest interval that lambda makes"`
	Cron       string   `json:"cron,omitempty" doc:"5 or 6 fields or a word such as @daily: more nominal times, besides those of interval; docs/schedules.md"`
	Schedules  []string `json:"schedules,omitempty" doc:"further cron expressions, or @every 90s"`
	Timezone   string   `json:"timezone,omitempty" doc:"IANA zone of cron, schedules and except; UTC if absent"`
	DSTGap     string   `json:"dst_gap,omitempty" doc:"shift (if absent): a fixed time of day that is left out comes at the end of the gap; skip"`
	DSTOverlap string   `json:"dst_overlap,omitempty" doc:"first (if absent), second or both: which one of a fixed time of day that comes twice"`
	Except     []string `json:"except,omitempty" doc:"days without a nominal time: 2026-12-25, 12-25, 2026-12-24..2026-12-31, sat, mon..fri"`
	Jitter     *Number  `json:"jitter,omitempty" unit:"seconds" doc:"each nominal time is later by a number of seconds below this, always the same for a job id"`

	After     []string `json:"after,omitempty" doc:"upstream jobs whose ends make this job run"`
	On        string   `json:"on,omitempty" doc:"success (if absent), failure or always: which ends of them count"`
	Within    *Number  `json:"within,omitempty" unit:"seconds" doc:"how old the success of an upstream job with another root may be; 86400 if absent"`
	Priority  string   `json:"priority,omitempty" doc:"normal (if absent), high or low"`
	Hosts     string   `json:"hosts,omitempty" doc:"one (if absent): any agent that serves runner; all: a run for each live one; or a selector such as gpu=true,zone!=b: one that matches it"`
	OnFailure string   `json:"on_failure,omitempty" doc:"shell command or http(s) URL, called when a run ends failed or dead"`
	BoardFile string   `json:"board_file,omitempty" doc:"board file that the job came from"`

	Overlap       string   `json:"overlap,omitempty" doc:"allow (if absent), forbid, queue or replace: what to do while a run of the job is active"`
	Misfire       string   `json:"misfire,omitempty" doc:"run-once (if absent), skip or run-all: what to do with nominal times that passed unqueued"`
	MisfireGrace  *Number  `json:"misfire_grace,omitempty" unit:"seconds" doc:"a nominal time later than this is missed"`
	Timeout       *Number  `json:"timeout,omitempty" unit:"seconds" doc:"of one attempt; absent: none"`
	Grace         *Number  `json:"grace,omitempty" unit:"seconds" doc:"between TERM and KILL; 5 if absent"`
	Retries       *Number  `json:"retries,omitempty" doc:"attempts after a failed one"`
	Backoff       string   `json:"backoff,omitempty" doc:"exponential (if absent), linear or fixed: growth of the wait before a retry"`
	BackoffDelay  *Number  `json:"backoff_delay,omitempty" unit:"seconds" doc:"before the first retry; 1 if absent"`
	BackoffFactor *Number  `json:"backoff_factor,omitempty" doc:"of exponential growth; 2 if absent"`
	BackoffCap    *Number  `json:"backoff_cap,omitempty" unit:"seconds" doc:"longest wait; 3600 if absent"`
	BackoffJitter *Number  `json:"backoff_jitter,omitempty" doc:"share of the wait by which it varies; 0.1 if absent"`
	RetryOn       []int    `json:"retry_on,omitempty" doc:"exit codes that are retried; absent: all"`
	NoRetryOn     []int    `json:"no_retry_on,omitempty" doc:"exit codes that are not retried"`
	OnLost        string   `json:"on_lost,omitempty" doc:"requeue (if absent) or fail: what to do when the lease of an attempt is lost"`
	CutOff        string   `json:"cut_off,omitempty" doc:"keep (if absent) or stop: what to do with the program while Redis is out of reach"`
	KeepRuns      *Number  `json:"keep_runs,omitempty" doc:"ended runs of which the history is kept, 10,000 at most; 100 if absent"`
	KeepAge       *Number  `json:"keep_age,omitempty" unit:"seconds" doc:"how old that may be, 366 days at most; 30 days since the last one if absent"`
	KeepOutputs   *Number  `json:"keep_outputs,omitempty" doc:"ended runs whose output is kept, 1,000 at most and 30 days; 20 if absent"`
	Payload       Verbatim `json:"payload" doc:"text for the runner, never interpreted"`
}

// Number is a JSON number, or a string that holds one, as clients of 2014 write
// stop, lambda and step.
type Number float64

// UnmarshalJSON reads a number, or a string with one. An empty string and text
// that is no number count as absent, as NaN.
func (n *Number) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		f = math.NaN()
	}
	*n = Number(f)
	return nil
}

// Verbatim is a JSON string, or the text of any other value that a hand-made job
// has in its place.
type Verbatim string

// UnmarshalJSON takes strings for what they say and other values as they stand.
func (v *Verbatim) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, (*string)(v))
	}
	*v = Verbatim(b)
	return nil
}

// ParseJob reads the metadata of a job, by the exact names of its fields. Numbers
// that make no sense and values of another type count as absent, as they do when
// the job is fired.
func ParseJob(text []byte) (Job, error) {
	fields := map[string]json.RawMessage{}
	if err := Fields(string(text), func(name, value string) { fields[name] = json.RawMessage(value) }); err != nil {
		return Job{}, fmt.Errorf("read metadata: %w", err)
	}
	var m Metadata
	known, names := reflect.ValueOf(&m).Elem(), fieldNames()
	for name, value := range fields {
		if i, ok := names[name]; ok && (string(value) != "null" || name == "payload") {
			if json.Unmarshal(value, known.Field(i).Addr().Interface()) != nil {
				known.Field(i).SetZero()
			}
			delete(fields, name)
		}
	}
	j := Job{
		ID: m.ID, Runner: m.Runner, Payload: string(m.Payload),
		Schedule: Schedule{
			Interval: m.Interval.duration(), Start: m.Start.time(), Stop: m.Stop.time(), Lambda: m.Lambda.float(), Step: m.Step.duration(), Min: m.Min.duration(), Max: m.Max.duration(),
			Cron: m.Cron, Also: m.Schedules, Timezone: m.Timezone, Gap: Gap(m.DSTGap), Fold: Fold(m.DSTOverlap), Except: m.Except, Jitter: m.Jitter.duration(),
		},
		After: m.After, On: On(m.On), Within: m.Within.duration(), Priority: Priority(m.Priority), Hosts: Hosts(m.Hosts), OnFailure: m.OnFailure, BoardFile: m.BoardFile,
		Timeout: m.Timeout.duration(), Grace: m.Grace.duration(), Retries: int(m.Retries.float()),
		Backoff: Backoff{
			Growth: Growth(m.Backoff), Delay: m.BackoffDelay.duration(), Factor: m.BackoffFactor.float(),
			Cap: m.BackoffCap.duration(), Jitter: m.BackoffJitter.float(),
		},
		RetryOn: m.RetryOn, NoRetryOn: m.NoRetryOn,
		Overlap: Overlap(m.Overlap), Misfire: Misfire(m.Misfire), MisfireGrace: m.MisfireGrace.duration(),
		OnLost: OnLost(m.OnLost), CutOff: CutOff(m.CutOff),
		Keep: Keep{Runs: int(m.KeepRuns.float()), Age: m.KeepAge.duration(), Outputs: int(m.KeepOutputs.float())},
	}
	if j.Overlap == "" {
		j.Overlap = Allow
	}
	if len(fields) > 0 {
		j.Fields = fields
	}
	return j, nil
}

// fieldNames are the JSON names of Metadata, with the numbers of its fields.
var fieldNames = sync.OnceValue(func() map[string]int {
	t, names := reflect.TypeFor[Metadata](), map[string]int{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names[name] = i
	}
	return names
})

// Policies writes what JSET takes behind step: the text of a JSON object with the
// fields that 2014 did not know. Overlap is written out, since metadata without it
// means allow.
func (j *Job) Policies() (string, error) {
	text, err := j.open(j.policies())
	return "{" + strings.TrimPrefix(text, `{"id":"","runner":"",`) + "}", err
}

func (j *Job) policies() Metadata {
	return Metadata{
		Min: number(j.Min), Max: number(j.Max),
		Cron: j.Cron, Schedules: j.Also, Timezone: j.Timezone, DSTGap: string(j.Gap), DSTOverlap: string(j.Fold), Except: j.Except, Jitter: number(j.Jitter),
		After: j.After, On: string(j.On), Within: number(j.Within), Priority: string(j.Priority), Hosts: string(j.Hosts), OnFailure: j.OnFailure, BoardFile: j.BoardFile,
		Overlap: string(cmp.Or(j.Overlap, Forbid)), Misfire: string(j.Misfire), MisfireGrace: number(j.MisfireGrace),
		Timeout: number(j.Timeout), Grace: number(j.Grace), Retries: plain(float64(j.Retries)),
		Backoff: string(j.Backoff.Growth), BackoffDelay: number(j.Backoff.Delay), BackoffFactor: plain(j.Backoff.Factor),
		BackoffCap: number(j.Backoff.Cap), BackoffJitter: plain(j.Backoff.Jitter),
		RetryOn: j.RetryOn, NoRetryOn: j.NoRetryOn, OnLost: string(j.OnLost), CutOff: string(j.CutOff),
		KeepRuns: plain(float64(j.Keep.Runs)), KeepAge: number(j.Keep.Age), KeepOutputs: plain(float64(j.Keep.Outputs)),
	}
}

// open writes m and the fields that are not ours, up to where the payload stands.
func (j *Job) open(m Metadata) (string, error) {
	whole, err := json.Marshal(m)
	if err != nil {
		return "", fmt.Errorf("write metadata: %w", err)
	}
	text := strings.TrimSuffix(string(whole), `,"payload":""}`)
	if len(j.Fields) > 0 {
		more, err := json.Marshal(j.Fields)
		if err != nil {
			return "", fmt.Errorf("write metadata: %w: %w", ErrInvalid, err)
		}
		text += "," + string(bytes.TrimSuffix(more[1:], []byte("}")))
	}
	return text, nil
}

func (n *Number) float() float64 {
	if n == nil || math.IsNaN(float64(*n)) || math.IsInf(float64(*n), 0) {
		return 0
	}
	return float64(*n)
}

func (n *Number) duration() time.Duration {
	s := n.float()
	if s <= 0 {
		return 0
	}
	return time.Duration(math.Min(s, 9e9) * float64(time.Second))
}

func (n *Number) time() time.Time {
	if n == nil || !(*n >= 0 && *n < 2.5e11) {
		return time.Time{}
	}
	s := float64(*n)
	return time.UnixMicro(int64(math.Round(s * 1e6))).UTC()
}

func number(d time.Duration) *Number {
	if d == 0 {
		return nil
	}
	n := Number(d.Seconds())
	return &n
}

func plain(f float64) *Number {
	if f == 0 {
		return nil
	}
	n := Number(f)
	return &n
}

// Template is the metadata of jobs that differ in their payloads alone.
type Template struct{ open string }

// Template writes the metadata of a job that is not on a board, with an open payload.
// That it allows overlap goes without saying: every byte of a queued run costs.
func (j *Job) Template() (Template, error) {
	m := j.policies()
	m.ID, m.Runner = j.ID, j.Runner
	if m.Overlap == string(Allow) {
		m.Overlap = ""
	}
	text, err := j.open(m)
	return Template{open: text + `,"payload":`}, err
}

// Text is the metadata with a payload.
func (t Template) Text(payload string) (string, error) {
	if plainly(payload) {
		return t.open + `"` + payload + `"}`, nil
	}
	text, err := quoted(payload)
	if err != nil {
		return "", fmt.Errorf("write metadata: %w", err)
	}
	return t.open + text + "}", nil
}

// plainly tells whether a text is its own JSON string, but for the quotes.
func plainly(text string) bool {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return false
		}
	}
	return true
}

// quoted is the JSON string of a text without the escapes that are only needed
// inside HTML.
func quoted(text string) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(text)
	return strings.TrimSuffix(b.String(), "\n"), err
}
