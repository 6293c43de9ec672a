package scripts

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
)

// entryFields are the fields of a queue entry that a worker needs.
type entryFields struct {
	runner, payload string
	timeout, grace  float64
	stop            bool
	unreadable      bool
	replayOf        string
	flow, upstream  string
	failed          string
	hosts           string // of a run for one agent alone: agent=NAME
}

// parseFields reads them by their exact names; a value that makes no sense is as
// good as absent. An error means that the text is not a JSON object.
func parseFields(text string) (f entryFields, err error) {
	named := false // what stands behind the id is the job's own
	err = jobs.Fields(text, func(name, value string) {
		switch name {
		case "id":
			named = true
		case "flow":
			if !named {
				f.flow = stringOf(value)
			}
		case "upstream":
			if !named {
				f.upstream = value
			}
		case "failed":
			if !named {
				f.failed = value
			}
		case "for_agent":
			if !named {
				f.hosts = jobs.LabelAgent + "=" + stringOf(value)
			}
		case "hosts":
			if f.hosts == "" {
				f.hosts = stringOf(value)
			}
		case "runner":
			f.runner = stringOf(value)
		case "payload":
			f.payload = value // written by hand: not a string
			if value[0] == '"' {
				f.payload = stringOf(value)
			}
		case "timeout":
			f.timeout = numberOf(value)
		case "grace":
			f.grace = numberOf(value)
		case "cut_off":
			f.stop = stringOf(value) == "stop"
		case "replay_of":
			f.replayOf = stringOf(value)
		case "unreadable":
			f.unreadable = value == "true"
		}
	})
	return f, err
}

// stringOf is the text of a JSON string, byte for byte, and empty for other values.
func stringOf(value string) string {
	if value[0] != '"' {
		return ""
	}
	if strings.IndexByte(value, '\\') < 0 {
		return value[1 : len(value)-1]
	}
	var text string
	if json.Unmarshal([]byte(value), &text) != nil {
		return ""
	}
	return text
}

// numberOf is a JSON number, or a string that holds one; 0 for other values.
func numberOf(value string) float64 {
	n, err := strconv.ParseFloat(strings.Trim(value, `"`), 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return 0
	}
	return n
}

// entryHead are the fields of the head, which JTAKE made sure stands in front.
type entryHead struct {
	Run    string
	Try    int
	Lost   int
	Missed int
	Due    float64 // ms; of backfilled runs
	Queued float64
}

// due is the nominal time, zero when there is none.
func (h entryHead) due() time.Time {
	if h.Due > 0 {
		return unix(h.Due / 1000)
	}
	due, _ := jobs.RunID(h.Run).Due()
	return due
}

// parseEntry reads an entry handed out by JTAKE. What cannot be read becomes an
// attempt whose Refuse says why, so that it is acked and seen rather than lost.
// alike are those of the same take.
func parseEntry(token, text string, alike headers) *jobs.Attempt {
	a := &jobs.Attempt{Token: token, Text: text}
	head, at := cutHead(text)
	a.Run = jobs.RunID(head.Run)
	a.Job = a.Run.Job()
	a.Due = head.due()
	a.Number, a.Lost, a.Missed = max(1, head.Try), head.Lost, head.Missed
	a.Queued = unix(head.Queued)
	if _, rest, ok := strings.Cut(token, ":"); ok { // TRY:SEQ:MS:LANE
		_, rest, _ = strings.Cut(rest, ":")
		if text, _, ok := strings.Cut(rest, ":"); ok {
			ms, _ := strconv.ParseInt(text, 10, 64)
			a.Start = time.UnixMilli(ms).UTC()
		}
	}
	fields, err := alike.fields(text, at)
	if err != nil {
		a.Refuse = "metadata cannot be read: " + err.Error()
		a.Payload = text
		return a
	}
	a.Runner, a.Payload, a.ReplayOf = fields.runner, fields.payload, jobs.RunID(fields.replayOf)
	a.Flow, a.Upstream, a.Failed = jobs.RunID(fields.flow), fields.upstream, fields.failed
	a.Timeout, a.Grace, a.CutOff = duration(fields.timeout), duration(fields.grace), fields.stop
	if fields.unreadable || fields.runner == "" {
		a.Refuse = "the queue entry is not a JSON object with a runner"
	}
	return a
}

// metadata is the JSON object behind the head of an entry, which cutHead says ends at.
func metadata(text string, at int) string {
	if at == 0 {
		return text
	}
	return "{" + text[at:]
}

// cutHead reads the head of an entry and tells where what follows begins, 0 for an
// entry without one. It ends with its field "queued"; a field of
// that name further on belongs to the metadata. Read by hand: every run passes here,
// and json.Unmarshal would change ids that are not UTF-8.
func cutHead(text string) (head entryHead, at int) {
	rest, ok := strings.CutPrefix(text, `{"run":"`)
	if !ok {
		return head, 0
	}
	head.Run = rawString(rest)
	rest = rest[quotedLen(rest):]
	for {
		if rest, ok = strings.CutPrefix(rest, `,"`); !ok {
			return entryHead{}, 0
		}
		name, after, ok := strings.Cut(rest, `":`)
		end := strings.IndexByte(after, ',')
		if !ok || end < 0 {
			return entryHead{}, 0
		}
		n, err := strconv.ParseFloat(after[:end], 64)
		if err != nil {
			return entryHead{}, 0
		}
		rest = after[end:]
		switch name {
		case "try":
			head.Try = int(n)
		case "lost":
			head.Lost = int(n)
		case "missed":
			head.Missed = int(n)
		case "due":
			head.Due = n
		case "queued":
			head.Queued = n
			return head, len(text) - len(rest) + 1
		}
	}
}

// quotedLen is the length of a JSON string behind its first quote, with the last.
func quotedLen(text string) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// rawString reads the JSON string that ends at the first quote, byte for byte: of
// ids that are not UTF-8, json.Unmarshal would make others. It knows the escapes
// that the commands write.
func rawString(text string) string {
	if end := strings.IndexByte(text, '"'); end >= 0 && strings.IndexByte(text[:end], '\\') < 0 {
		return text[:end]
	}
	var b strings.Builder
	for i := 0; i < len(text) && text[i] != '"'; i++ {
		c := text[i]
		if c == '\\' && i+1 < len(text) {
			i++
			switch c = text[i]; c {
			case 'n':
				c = '\n'
			case 't':
				c = '\t'
			case 'r':
				c = '\r'
			case 'u':
				n, _ := strconv.ParseUint(text[i+1:min(i+5, len(text))], 16, 8)
				c, i = byte(n), i+4
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

func unix(s float64) time.Time {
	if s <= 0 || s > 1e11 {
		return time.Time{}
	}
	return time.UnixMilli(int64(math.Round(s * 1000))).UTC()
}

// precise is a time to the microsecond, as the clock of Redis goes.
func precise(s float64) time.Time {
	if s <= 0 || s > 1e11 {
		return time.Time{}
	}
	return time.UnixMicro(int64(math.Round(s * 1e6))).UTC()
}

func duration(s float64) time.Duration {
	if !(s > 0) {
		return 0
	}
	return time.Duration(min(s, 1e9) * float64(time.Second))
}
