package scripts

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
)

// Remembered is how long it is known what metadata a job had before.
const Remembered = 400 * 24 * time.Hour

// Was is metadata that a job had before.
type Was struct {
	Until time.Time // when it was changed or taken off the board
	Seq   int64     // the board's counter then
	Text  string    // empty: it is not kept
}

// ParseWas reads a line of Keys.Was; of one that is none, nothing is kept.
func ParseWas(line string) Was {
	until, rest, _ := strings.Cut(line, " ")
	seq, text, _ := strings.Cut(rest, " ")
	at, _ := strconv.ParseFloat(until, 64)
	n, _ := strconv.ParseInt(seq, 10, 64)
	return Was{Until: unix(at), Seq: n, Text: text}
}

// Before tells whether a run was queued by this metadata or older. The id of a
// scheduled run says which number of the counter it had; of others the time decides,
// to the millisecond, and what was changed in that very millisecond is new already.
func (w Was) Before(run jobs.Run) bool {
	if at := strings.LastIndexAny(run.ID, "@#"); at >= 0 && run.ID[at] == '@' {
		if _, number, ok := strings.Cut(run.ID[at:], "."); ok {
			if seq, err := strconv.ParseInt(number, 10, 64); err == nil {
				return seq <= w.Seq
			}
		}
	}
	return run.Queued.Before(w.Until)
}

// Defined answers the metadata in a queue entry: without the head and what the commands
// put between it and the id. False: the entry has no head, or cannot be read.
func Defined(entry string) (string, bool) {
	_, at := cutHead(entry)
	if at == 0 {
		return "", false
	}
	text := metadata(entry, at)
	d := json.NewDecoder(strings.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return "", false
	}
	for cut := int64(1); ; cut = d.InputOffset() {
		name, err := d.Token()
		if err != nil || name == json.Delim('}') {
			return "", false
		}
		if !slices.Contains([]json.Token{"replay_of", "flow", "upstream", "failed", "for_agent"}, name) {
			return "{" + strings.TrimLeft(text[cut:], ", \t\r\n"), json.Valid([]byte(text))
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return "", false
		}
	}
}
