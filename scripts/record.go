package scripts

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jobs-agent/jobs"
)

// ackArgs are the arguments of a JACKMANY with the memory they stand in, which the next
// one uses again. A worker would leave little else to the garbage collector.
type ackArgs struct {
	text    []byte
	until   []int
	records []record
	args    []any
}

var ackArgsPool = sync.Pool{New: func() any { return new(ackArgs) }}

// record is a history record as an argument. Pointers to it are arguments that nothing
// copies.
type record []byte

// MarshalBinary implements encoding.BinaryMarshaler, for go-redis.
func (r *record) MarshalBinary() ([]byte, error) { return *r, nil }

// of writes the arguments behind those that the call begins with; they are good until done.
func (a *ackArgs) of(acks jobs.Acks, begin []any) {
	for i := range acks.Ends {
		a.text = appendRecord(a.text, &acks.Ends[i])
		a.until = append(a.until, len(a.text))
	}
	from := 0
	for _, to := range a.until {
		a.records = append(a.records, a.text[from:to:to])
		from = to
	}
	a.args = append(begin, acks.Lane, acks.Op, "")
	if acks.Held > 0 {
		a.args = append(a.args, strconv.Itoa(acks.Held)+" "+strconv.Itoa(acks.Done))
	}
	for i := range acks.Ends { // pointers, since a string in an interface is copied
		end := &acks.Ends[i]
		a.args = append(a.args, &end.Token, (*string)(&end.Run), &a.records[i])
		if rest := rest(end); rest != "" {
			a.args = append(a.args, rest)
		} else {
			a.args = append(a.args, "")
		}
	}
}

func (a *ackArgs) done() {
	if cap(a.text) > 1<<20 {
		return // long results are rare
	}
	clear(a.args)
	a.text, a.until, a.records, a.args = a.text[:0], a.until[:0], a.records[:0], a.args[:0]
	ackArgsPool.Put(a)
}

// rest is what JACKMANY takes behind a record: nothing for success without output, as
// most runs end, else the exit code and what was printed.
func rest(end *jobs.End) string {
	code := ""
	if end.ExitCode != nil && *end.ExitCode != 0 {
		code = strconv.Itoa(*end.ExitCode)
	}
	if code == "" && end.Output == "" {
		return ""
	}
	return code + " " + end.Output
}

// appendRecord writes the history record of an attempt; the field order is that of
// lib/record.lua, state first.
func appendRecord(b []byte, e *jobs.End) []byte {
	b = append(append(b, `{"state":"`...), e.State...)
	b = append(b, `","run":`...)
	b = quote(b, string(e.Run))
	text := func(name, value string) {
		if value != "" {
			b = append(append(append(b, `,"`...), name...), `":`...)
			b = quote(b, value)
		}
	}
	number := func(name string, value int64) {
		if value != 0 {
			b = append(append(append(b, `,"`...), name...), `":`...)
			b = strconv.AppendInt(b, value, 10)
		}
	}
	at := func(name string, t time.Time) {
		if !t.IsZero() {
			b = append(append(append(b, `,"`...), name...), `":`...)
			b = strconv.AppendFloat(b, float64(t.UnixMilli())/1000, 'f', -1, 64)
		}
	}
	text("runner", e.Runner)
	if strings.IndexByte(string(e.Run), '#') >= 0 { // other ids tell it
		at("due", e.Due)
	}
	at("queued", e.Queued)
	at("started", e.Started)
	at("finished", e.Finished)
	number("attempt", int64(e.Number))
	number("lost", int64(e.Lost))
	number("missed", int64(e.Missed))
	text("replay_of", string(e.ReplayOf))
	text("flow", string(e.Flow))
	text("agent", e.Agent)
	if e.ExitCode != nil {
		b = strconv.AppendInt(append(b, `,"exit_code":`...), int64(*e.ExitCode), 10)
	}
	text("signal", e.Signal)
	text("reason", e.Reason)
	text("result", e.Result)
	number("output", e.OutputBytes)
	text("times", e.Times)
	return append(b, '}')
}

func quote(b []byte, s string) []byte {
	if plain(s) {
		return append(append(append(b, '"'), s...), '"')
	}
	text, err := json.Marshal(s)
	if err != nil { // a string can always be encoded
		return append(b, `""`...)
	}
	return append(b, text...)
}

// plain tells whether a text is of ASCII that stands in JSON as it is.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return false
		}
	}
	return true
}

// storedRecord is a history record as Redis keeps it.
type storedRecord struct {
	State    jobs.State `json:"state"`
	Run      jobs.RunID `json:"run"`
	Runner   string     `json:"runner"`
	Due      float64    `json:"due"`
	Queued   float64    `json:"queued"`
	Started  float64    `json:"started"`
	Finished float64    `json:"finished"`
	Attempt  int        `json:"attempt"`
	Lost     int        `json:"lost"`
	Missed   int        `json:"missed"`
	ReplayOf jobs.RunID `json:"replay_of"`
	Flow     jobs.RunID `json:"flow"`
	Agent    string     `json:"agent"`
	ExitCode *int       `json:"exit_code"`
	Signal   string     `json:"signal"`
	Reason   string     `json:"reason"`
	Result   string     `json:"result"`
	Output   int64      `json:"output"`
	Times    string     `json:"times"`
	Retry    string     `json:"retry"`
}

// ParseRecord reads a history record, and false when it is none.
func ParseRecord(text string) (jobs.Run, bool) {
	var r storedRecord
	if err := json.Unmarshal([]byte(text), &r); err != nil || r.Run == "" {
		return jobs.Run{}, false
	}
	due, ok := r.Run.Due()
	if !ok {
		due = unix(r.Due)
	}
	if r.Retry != "" {
		r.State = jobs.Retrying
	}
	return jobs.Run{
		ID: string(r.Run), Job: r.Run.Job(), Runner: r.Runner, State: r.State,
		Due: due, Queued: unix(r.Queued), Started: unix(r.Started), Finished: unix(r.Finished),
		Attempt: r.Attempt, Lost: r.Lost, Missed: r.Missed, ReplayOf: r.ReplayOf, Flow: r.Flow, Agent: r.Agent,
		ExitCode: r.ExitCode, Signal: r.Signal, Reason: r.Reason, Result: r.Result, Output: r.Output, Times: r.Times,
	}, true
}

// ParseQueued reads a queue entry as the run it stands for, and false for an entry
// without a head.
func ParseQueued(text string) (jobs.Run, bool) {
	head, at := cutHead(text)
	if head.Run == "" {
		return jobs.Run{}, false
	}
	fields, _ := parseFields(metadata(text, at)) // what cannot be read is absent
	id := jobs.RunID(head.Run)
	return jobs.Run{
		ID: head.Run, Job: id.Job(), Runner: fields.runner, State: jobs.Queued, Due: head.due(), Queued: unix(head.Queued),
		Attempt: max(0, head.Try-1), Lost: head.Lost, Missed: head.Missed, ReplayOf: jobs.RunID(fields.replayOf), Flow: jobs.RunID(fields.flow),
		Hosts: jobs.Hosts(fields.hosts), Entry: text,
	}, true
}

// UnixSeconds writes a time as the commands read it.
func UnixSeconds(t time.Time) string {
	return seconds(math.Round(float64(t.UnixMicro())) / 1e6)
}

// ParseHeld reads an attempt under way, and false when it is none.
func ParseHeld(token, text string) (jobs.Run, bool) {
	run, ok := ParseQueued(text)
	if !ok {
		return run, false
	}
	a := parseEntry(token, text, headers{})
	run.State, run.Started, run.Attempt = jobs.Running, a.Start, a.Number
	run.Agent = agentOf(token)
	return run, true
}

// agentOf is the agent in a token: what stands in front of the last two dots of
// its lane, AGENT.RANDOM.N.
func agentOf(token string) string {
	parts := strings.SplitN(token, ":", 4)
	if len(parts) != 4 {
		return ""
	}
	lane := parts[3]
	for range 2 {
		if i := strings.LastIndexByte(lane, '.'); i > 0 {
			lane = lane[:i]
		}
	}
	return lane
}
