package chaos

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// ReadPrograms reads what the programs of the runs appended to their file: a line
// when one begins and a line when it finishes, of word, run, token and the seconds
// of a clock that stood at zero then.
func ReadPrograms(text string, zero time.Time) ([]Fact, error) {
	var facts []Fact
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) != 4 || !strings.HasSuffix(line, "\n") {
			return nil, fmt.Errorf("read what the programs wrote: %q is no line of theirs", line)
		}
		seconds, err := strconv.ParseFloat(words[3], 64)
		if err != nil {
			return nil, fmt.Errorf("read what the programs wrote: %w", err)
		}
		t, _ := parseToken(words[2])
		facts = append(facts, Fact{
			At: zero.Add(time.Duration(seconds * float64(time.Second))), Kind: Kind(words[0]),
			Run: words[1], Token: words[2], Attempt: t.try,
		})
	}
	return facts, nil
}

// ReadHistory reads one record of the history, which was added at a time.
func ReadHistory(at time.Time, record string) (Fact, error) {
	run, ok := scripts.ParseRecord(record)
	if !ok {
		return Fact{}, fmt.Errorf("read the history: %q is no record", record)
	}
	return Fact{
		At: at, Kind: Acked, Run: run.ID, State: string(run.State), Ends: run.State != jobs.Retrying,
		Attempt: run.Attempt, Started: run.Started, Count: run.Missed, Text: record,
	}, nil
}

// ReadLedger reads one line of the ledger, which was added at a time, and false
// when it is not about a run or a nominal time.
func ReadLedger(at time.Time, name, text string) (Fact, bool, error) {
	var line struct {
		Outcome, Token string
		Count, Missed  int
	}
	if err := json.Unmarshal([]byte(text), &line); err != nil {
		return Fact{}, false, fmt.Errorf("read the ledger: %q: %w", text, err)
	}
	f := Fact{At: at, Kind: Kind(line.Outcome), Run: name, Token: line.Token, Count: max(line.Count, line.Missed), Text: text}
	t, _ := parseToken(line.Token)
	f.Attempt = t.try
	return f, strings.ContainsAny(name, "@#"), nil
}

// ReadLeft makes a fact of a run that was found waiting or running at a time.
func ReadLeft(at time.Time, run jobs.Run) Fact {
	return Fact{At: at, Kind: Left, Run: run.ID, State: string(run.State), Attempt: run.Attempt, Count: run.Missed}
}
