package boardfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jobs-agent/jobs"
)

// Problem is one thing that is wrong with a board file, and where.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`   // from 1; 0: the file as a whole
	Column  int    `json:"column"` // from 1, in characters
	Message string `json:"message"`
	Source  string `json:"source,omitempty"` // the line
}

// Error is the place, the message and the line with a caret below the place.
func (p Problem) Error() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	text := fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
	if strings.TrimSpace(p.Source) == "" {
		return text
	}
	number := fmt.Sprintf("%5d | ", p.Line)
	source, before := window(p.Source, p.Column-1)
	return text + "\n" + number + source + "\n" + strings.Repeat(" ", len(number)-2) + "| " + before + "^"
}

// widest is how much of a long line is shown.
const widest = 120

// window is the part of a line around a place, and blanks as wide as what stands
// before the place in it.
func window(line string, at int) (shown, before string) {
	runes := []rune(strings.ToValidUTF8(line, "?"))
	at = max(0, min(at, len(runes)))
	from := 0
	if at > widest*2/3 {
		from = at - widest/2
	}
	to := min(len(runes), from+widest)
	blanks := slices.Clone(runes[from:at])
	for i, r := range blanks {
		if r != '\t' {
			blanks[i] = ' '
		}
	}
	clean := strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f {
			return '?'
		}
		return r
	}, string(runes[from:to]))
	return clean, string(blanks)
}

// Problems are all that is wrong with a file, in its order. They are jobs.ErrInvalid.
type Problems []Problem

// most is how many problems are written out.
const most = 50

// Error lists the problems.
func (p Problems) Error() string {
	var b strings.Builder
	for i, problem := range p {
		if i == most {
			fmt.Fprintf(&b, "\nand %d more", len(p)-most)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(problem.Error())
	}
	return b.String()
}

// Unwrap makes errors.Is(err, jobs.ErrInvalid) true.
func (p Problems) Unwrap() error { return jobs.ErrInvalid }

// place is where something stands in a file.
type place struct{ line, column int }

// notes collect the problems of one text.
type notes struct {
	file string
	text []byte
	list Problems
	seen map[Problem]bool
}

// add notes a problem once: what is inherited by many jobs is wrong once.
func (n *notes) add(at place, format string, args ...any) {
	p := Problem{File: n.file, Line: at.line, Column: at.column, Message: fmt.Sprintf(format, args...)}
	if n.seen[p] || len(n.list) >= 10_000 {
		return
	}
	if n.seen == nil {
		n.seen = map[Problem]bool{}
	}
	n.seen[p] = true
	n.list = append(n.list, p)
}

// err is what was noted, sorted, with the source lines; nil when nothing was.
func (n *notes) err() error {
	if len(n.list) == 0 {
		return nil
	}
	slices.SortStableFunc(n.list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	number, rest := 1, string(n.text)
	for i := range n.list {
		for number < n.list[i].Line && rest != "" {
			_, rest, _ = strings.Cut(rest, "\n")
			number++
		}
		if number == n.list[i].Line {
			line, _, _ := strings.Cut(rest, "\n")
			n.list[i].Source = strings.TrimSuffix(line[:min(len(line), 1<<16)], "\r")
			for !utf8.ValidString(n.list[i].Source) && len(line) > 1<<16 {
				n.list[i].Source = n.list[i].Source[:len(n.list[i].Source)-1]
			}
		}
	}
	return n.list
}
