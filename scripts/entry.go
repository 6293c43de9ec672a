package scripts

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
)

// entryFields are the fields of a queue entry that a worker needs.
type entryFields struct {
	Runner     string          `json:"runner"`
	Payload    json.RawMessage `json:"payload"`
	Timeout    float64         `json:"timeout"`
	Grace      float64         `json:"grace"`
	CutOff     string          `json:"cut_off"`
	Unreadable bool            `json:"unreadable"`
}

// entryHead are the fields of the head, which JTAKE made sure stands in front.
type entryHead struct {
	Run    string
	Try    int
	Lost   int
	Missed int
	Queued float64
}

// parseEntry reads an entry handed out by JTAKE. What cannot be read becomes an
// attempt whose Refuse says why, so that it is acked and seen rather than lost.
func parseEntry(token, text string) *jobs.Attempt {
	a := &jobs.Attempt{Token: token, Text: text}
	head, rest := cutHead(text)
	a.Run = jobs.RunID(head.Run)
	a.Job = a.Run.Job()
	a.Due, _ = a.Run.Due()
	a.Number, a.Lost, a.Missed = max(1, head.Try), head.Lost, head.Missed
	a.Queued = unix(head.Queued)
	if parts := strings.SplitN(token, ":", 4); len(parts) == 4 {
		ms, _ := strconv.ParseInt(parts[2], 10, 64)
		a.Start = time.UnixMilli(ms).UTC()
	}
	var fields entryFields
	var odd *json.UnmarshalTypeError // a field that makes no sense is as good as absent
	if err := json.Unmarshal([]byte(rest), &fields); err != nil && !errors.As(err, &odd) {
		a.Refuse = "metadata cannot be read: " + err.Error()
		a.Payload = text
		return a
	}
	a.Runner = fields.Runner
	a.Timeout = duration(fields.Timeout)
	a.Grace = duration(fields.Grace)
	a.CutOff = fields.CutOff == "stop"
	if fields.Unreadable || fields.Runner == "" {
		a.Refuse = "the queue entry is not a JSON object with a runner"
	}
	if len(fields.Payload) > 0 && fields.Payload[0] == '"' {
		if err := json.Unmarshal(fields.Payload, &a.Payload); err != nil {
			a.Refuse = "payload cannot be read: " + err.Error()
		}
	} else {
		a.Payload = string(fields.Payload) // written by hand: not a string
	}
	return a
}

// cutHead takes the head off an entry. It ends with its field "queued"; a field of
// that name further on belongs to the metadata. Read by hand: every run passes here,
// and json.Unmarshal would change ids that are not UTF-8.
func cutHead(text string) (entryHead, string) {
	var head entryHead
	rest, ok := strings.CutPrefix(text, `{"run":"`)
	if !ok {
		return head, text
	}
	head.Run = rawString(rest)
	rest = rest[quotedLen(rest):]
	for {
		if rest, ok = strings.CutPrefix(rest, `,"`); !ok {
			return entryHead{}, text
		}
		name, after, ok := strings.Cut(rest, `":`)
		end := strings.IndexByte(after, ',')
		if !ok || end < 0 {
			return entryHead{}, text
		}
		n, err := strconv.ParseFloat(after[:end], 64)
		if err != nil {
			return entryHead{}, text
		}
		rest = after[end:]
		switch name {
		case "try":
			head.Try = int(n)
		case "lost":
			head.Lost = int(n)
		case "missed":
			head.Missed = int(n)
		case "queued":
			head.Queued = n
			return head, "{" + rest[1:]
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
	if end := strings.IndexAny(text, `"\`); end >= 0 && text[end] == '"' {
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

func duration(s float64) time.Duration {
	if !(s > 0) {
		return 0
	}
	return time.Duration(min(s, 1e9) * float64(time.Second))
}
