package board

import "encoding/json"

// Level says how bad a finding is.
type Level string

// A warning works but may cost runs; a problem does not work, or loses the board.
const (
	OK      Level = "ok"
	Warning Level = "warn"
	Problem Level = "fail"
)

// Finding is one thing that Check looked at.
type Finding struct {
	Check string // what was looked at, such as eviction
	Level Level
	Found string
	Why   string // what comes of it; empty when it is ok
	Fix   string // what to do about it; empty when it is ok
	// Values are the numbers in Found, for programs.
	Values map[string]int64
}

// MarshalJSON writes the finding, with name, status and detail beside, which are
// what version 0.1 called them.
func (f Finding) MarshalJSON() ([]byte, error) {
	detail := f.Found
	if f.Why != "" {
		detail += ": " + f.Why
	}
	return json.Marshal(struct {
		Check  string           `json:"check"`
		Level  Level            `json:"level"`
		Found  string           `json:"found"`
		Why    string           `json:"why,omitempty"`
		Fix    string           `json:"fix,omitempty"`
		Values map[string]int64 `json:"values,omitempty"`
		Name   string           `json:"name"`
		Status string           `json:"status"`
		Detail string           `json:"detail"`
	}{
		f.Check, f.Level, f.Found, f.Why, f.Fix, f.Values,
		f.Check, map[Level]string{OK: "ok", Warning: "warning", Problem: "problem"}[f.Level], detail,
	})
}

// warn and fail make a finding one that is not ok.
func (f Finding) warn(why, fix string) Finding {
	f.Level, f.Why, f.Fix = Warning, why, fix
	return f
}

func (f Finding) fail(why, fix string) Finding {
	f.Level, f.Why, f.Fix = Problem, why, fix
	return f
}

func fine(check, found string) Finding { return Finding{Check: check, Level: OK, Found: found} }
