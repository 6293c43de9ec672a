package chaos

import (
	"fmt"
	"slices"
	"time"

	"github.com/jobs-agent/jobs"
)

// story is all that is known of one run.
type story struct {
	id       string
	facts    []Fact // in the order of time
	attempts []*attempt
	results  []Fact // that ended the run
}

// attempt is one handing out of a run.
type attempt struct {
	token
	text     string // the token
	began    []Fact
	finished []Fact
	end      []Fact // acked, lost, or returned
}

// stories puts the facts of each run together. Ledger lines that name a nominal
// time and no run make none.
func stories(facts []Fact) map[string]*story {
	all := map[string]*story{}
	ordered := slices.Clone(facts)
	slices.SortStableFunc(ordered, byTime)
	for _, f := range ordered {
		if f.Kind == Skipped || f.Kind == Missed {
			continue
		}
		s := all[f.Run]
		if s == nil {
			s = &story{id: f.Run}
			all[f.Run] = s
		}
		s.facts = append(s.facts, f)
	}
	for _, s := range all {
		for _, f := range s.facts {
			if f.Token != "" {
				s.note(f)
			}
		}
		for _, f := range s.facts {
			switch f.Kind {
			case Acked:
				s.acked(f)
			case Collapsed, Trimmed:
				s.results = append(s.results, f)
			}
		}
		slices.SortStableFunc(s.attempts, byHandOut)
	}
	return all
}

// note adds a fact that names its token.
func (s *story) note(f Fact) {
	a := s.attempt(func(a *attempt) bool { return a.text == f.Token })
	if a == nil {
		t, ok := parseToken(f.Token)
		if !ok {
			return
		}
		a = &attempt{token: t, text: f.Token}
		s.attempts = append(s.attempts, a)
	}
	switch f.Kind {
	case Began:
		a.began = append(a.began, f)
	case Finished:
		a.finished = append(a.finished, f)
	case Lost, Returned:
		a.end = append(a.end, f)
	}
}

// acked adds a record of the history, which tells the attempt by its number and
// its start.
func (s *story) acked(f Fact) {
	a := s.attempt(func(a *attempt) bool { return a.try == f.Attempt && a.handed.Equal(f.Started) })
	if a == nil && !f.Started.IsZero() { // nothing else tells of it: its program never began
		a = &attempt{token: token{try: f.Attempt, handed: f.Started}, text: fmt.Sprintf("%d:?:%d", f.Attempt, f.Started.UnixMilli())}
		s.attempts = append(s.attempts, a)
	}
	if a != nil {
		a.end = append(a.end, f)
	}
	if f.Ends {
		s.results = append(s.results, f)
	}
}

func (s *story) attempt(is func(*attempt) bool) *attempt {
	if i := slices.IndexFunc(s.attempts, is); i >= 0 {
		return s.attempts[i]
	}
	return nil
}

// over is when the attempt stopped being the valid one: when it was acked, lost or
// returned. Zero when nothing says so.
func (a *attempt) over() (at time.Time) {
	for _, f := range a.end {
		if at.IsZero() || f.At.Before(at) {
			at = f.At
		}
	}
	return at
}

// left tells whether the run was found somewhere when everything was at rest.
func (s *story) left() bool {
	return slices.ContainsFunc(s.facts, func(f Fact) bool { return f.Kind == Left })
}

// absorbed is how many further nominal times the run stands for.
func (s *story) absorbed() (n int) {
	for _, f := range s.facts {
		n = max(n, f.Count)
	}
	return n
}

// due is the nominal time of a scheduled run in milliseconds.
func due(id string) (job string, ms int64, ok bool) {
	at, ok := jobs.RunID(id).Due()
	return jobs.RunID(id).Job(), at.UnixMilli(), ok
}
