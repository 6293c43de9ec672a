package calendar

import (
	"fmt"
	"strings"

	"github.com/jobs-agent/jobs"
)

// Mistake is what is wrong with a cron expression. It is jobs.ErrInvalid.
type Mistake struct {
	Expr     string
	From, To int    // the bytes of Expr that are wrong
	Why      string // and what to do about it
}

func (m *Mistake) Error() string {
	return fmt.Sprintf("cron %q: %v: %s", m.Expr, jobs.ErrInvalid, m.Why)
}

// Unwrap makes it jobs.ErrInvalid.
func (m *Mistake) Unwrap() error { return jobs.ErrInvalid }

// Caret is the expression, and a second line that marks the wrong place.
func (m *Mistake) Caret() string {
	line := strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, m.Expr)
	mark := strings.Repeat("^", max(1, len([]rune(m.Expr[m.From:m.To]))))
	return line + "\n" + strings.Repeat(" ", len([]rune(m.Expr[:m.From]))) + mark
}
