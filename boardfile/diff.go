package boardfile

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jobs-agent/jobs"
)

// What happens to a job when a board file is applied.
const (
	Create = "create"
	Change = "change"
	Remove = "remove"
)

// ByHand is where a job comes from that no board file has put on the board.
const ByHand = "put"

// Plan is what an apply of a board file does.
type Plan struct {
	File      string   `json:"file"`
	Actions   []Action `json:"actions"`
	Creates   int      `json:"creates"`
	Changes   int      `json:"changes"`
	Removes   int      `json:"removes"`
	Unchanged int      `json:"unchanged"`
	Ended     int      `json:"ended"` // jobs whose last time has passed, which are not put any more
}

// Action is what happens to one job.
type Action struct {
	ID     string  `json:"id"`
	Do     string  `json:"do"`
	Fields []Delta `json:"fields,omitempty"` // of a change
	// From is where a job comes from that the file takes over: another board file, or
	// ByHand; empty: it is the file's already.
	From string `json:"from,omitempty"`

	Job *jobs.Job `json:"-"` // as it shall be; nil: removed
}

// Delta is a field that changes. The values are JSON, "null" where there is none.
type Delta struct {
	Name string          `json:"name"`
	Old  json.RawMessage `json:"old"`
	New  json.RawMessage `json:"new"`
}

// Diff compares a file with the jobs on the board, id -> metadata. Jobs mean the same
// when they do the same at the same times, however they are written. Now is the time
// of the board: a job that could not run any more is not put again.
func Diff(f File, board map[string]string, now time.Time) (Plan, error) {
	p := Plan{File: f.Name, Actions: []Action{}}
	fields := table()
	wanted := make(map[string]bool, len(f.Jobs))
	same := f.identical(board)
	for i := range f.Jobs {
		job := &f.Jobs[i]
		wanted[job.ID] = true
		old, there := board[job.ID]
		switch {
		case !there && ended(job, now):
			p.Ended++
		case !there:
			p.Creates++
			p.Actions = append(p.Actions, Action{ID: job.ID, Do: Create, Job: job})
		case same[i]:
			p.Unchanged++
		default:
			action, same := change(fields, read(old), job)
			if same {
				p.Unchanged++
				continue
			}
			p.Changes++
			p.Actions = append(p.Actions, action)
		}
	}
	for id, old := range board {
		if !wanted[id] && f.made(old) {
			p.Removes++
			p.Actions = append(p.Actions, Action{ID: id, Do: Remove})
		}
	}
	slices.SortFunc(p.Actions, func(a, b Action) int { return cmp.Compare(a.ID, b.ID) })
	return p, f.parents(board, wanted)
}

// read is a job on the board; of one that cannot be read nothing is known.
func read(text string) jobs.Job {
	job, err := jobs.ParseJob([]byte(text))
	if err != nil {
		return jobs.Job{}
	}
	return job
}

// made tells whether a job on the board is one that this board file has put there.
func (f File) made(text string) bool {
	return strings.Contains(text, `"board_file"`) && read(text).BoardFile == f.Name
}

// identical tells of each job of the file whether the board has it as it is. It looks at
// them on all processors, since most jobs of a large file have not changed.
func (f File) identical(board map[string]string) []bool {
	same := make([]bool, len(f.Jobs))
	share := max(1000, len(f.Jobs)/runtime.GOMAXPROCS(0)+1)
	var all sync.WaitGroup
	for from := 0; from < len(same); from += share {
		all.Go(func() {
			for i := from; i < min(from+share, len(same)); i++ {
				old, there := board[f.Jobs[i].ID]
				same[i] = there && identical(&f.Jobs[i], old)
			}
		})
	}
	all.Wait()
	return same
}

// identical tells quickly that the text of a job is the one that an apply would write,
// whose start is that of the file or, where it has none, whatever it was.
func identical(job *jobs.Job, text string) bool {
	head, tail, err := job.Halves()
	if err != nil || len(text) < len(head)+len(tail) || text[:len(head)] != head || text[len(text)-len(tail):] != tail {
		return false
	}
	start := text[len(head) : len(text)-len(tail)]
	if strings.Trim(start, "0123456789.") != "" {
		return false
	}
	if job.Start.IsZero() {
		return true
	}
	want, err := job.Text(job.Start)
	return err == nil && want == text
}

// parents finds upstream jobs that neither the file nor the board has.
func (f File) parents(board map[string]string, wanted map[string]bool) error {
	n := f.notes
	for _, job := range f.Jobs {
		for _, id := range job.After {
			old, there := board[id]
			switch {
			case wanted[id]:
			case !there:
				n.add(f.place(job.ID), "job %s: after names job %q, which neither this file nor the board has", short(job.ID, 60), short(id, 60))
			case f.made(old):
				n.add(f.place(job.ID), "job %s: after names job %q, which this file does not have any more", short(job.ID, 60), short(id, 60))
			}
		}
	}
	f.circles(&n, board, wanted)
	return n.err()
}

// circles finds jobs that would wait for each other through jobs of elsewhere.
func (f File) circles(n *notes, board map[string]string, wanted map[string]bool) {
	byID := map[string]*jobs.Job{}
	for i := range f.Jobs {
		if job := &f.Jobs[i]; len(job.After) > 0 {
			byID[job.ID] = job
		}
	}
	if len(byID) == 0 {
		return
	}
	mine := slices.Sorted(maps.Keys(byID))
	for id, text := range board {
		if !wanted[id] && strings.Contains(text, `"after"`) && !f.made(text) {
			if job := read(text); len(job.After) > 0 {
				byID[id] = &job
			}
		}
	}
	done := map[string]bool{}
	for _, id := range mine {
		if path := circle(id, byID, done); path != nil {
			n.add(f.place(id), "these jobs wait for each other: %s", strings.Join(path, " after "))
		}
	}
}

// ended tells whether a job that is not on the board has no time to come.
func ended(job *jobs.Job, now time.Time) bool {
	if !job.Stop.IsZero() && !job.Stop.After(now) {
		return true
	}
	return job.Interval == 0 && !job.Planned() && len(job.After) == 0 && !job.Start.After(now)
}

func change(fields []field, old jobs.Job, job *jobs.Job) (Action, bool) {
	action := Action{ID: job.ID, Do: Change, Job: job}
	if old.BoardFile != job.BoardFile {
		action.From = cmp.Or(old.BoardFile, ByHand)
	}
	for _, f := range fields {
		if f.write == nil || f.name == "start" && job.Start.IsZero() {
			continue // whenever it was put is as good a start as any
		}
		before, after := f.write(&old), f.write(job)
		a, b := jsonOf(before), jsonOf(after)
		if !bytes.Equal(a, b) {
			action.Fields = append(action.Fields, Delta{f.name, a, b})
		}
	}
	return action, len(action.Fields) == 0 && action.From == ""
}

func jsonOf(value any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(value) != nil {
		return json.RawMessage("null")
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// Empty tells whether there is nothing to do.
func (p Plan) Empty() bool { return len(p.Actions) == 0 }

// TakenOver are the jobs that the file takes over from elsewhere.
func (p Plan) TakenOver() []Action {
	var list []Action
	for _, a := range p.Actions {
		if a.From != "" {
			list = append(list, a)
		}
	}
	return list
}

// Counts says in one line what a plan does.
func (p Plan) Counts() string {
	text := fmt.Sprintf("%d to create, %d to change, %d to remove, %d unchanged", p.Creates, p.Changes, p.Removes, p.Unchanged)
	if p.Ended > 0 {
		text += fmt.Sprintf(", %d ended", p.Ended)
	}
	return text
}

// Lines says what happens to a job, a line for each field that changes. Long values
// are cut.
func (a Action) Lines() []string {
	switch a.Do {
	case Create:
		return []string{"+ " + a.ID}
	case Remove:
		return []string{"- " + a.ID}
	}
	lines := []string{"~ " + a.ID}
	switch a.From {
	case "":
	case ByHand:
		lines[0] += ": takes over a job that no board file has put there"
	default:
		lines[0] += ": takes over from board file " + a.From
	}
	for _, d := range a.Fields {
		switch {
		case string(d.Old) == "null":
			lines = append(lines, fmt.Sprintf("    + %s: %s", d.Name, brief(d.New)))
		case string(d.New) == "null":
			lines = append(lines, fmt.Sprintf("    - %s: %s", d.Name, brief(d.Old)))
		default:
			lines = append(lines, fmt.Sprintf("    ~ %s: %s -> %s", d.Name, brief(d.Old), brief(d.New)))
		}
	}
	return lines
}

func brief(text json.RawMessage) string { return short(strings.ToValidUTF8(string(text), "?"), 100) }
