package calendar

import (
	"fmt"
	"strconv"
	"strings"
)

// column is a field of cron expressions: its numbers, and their names.
type column struct {
	name        string
	first, last int
	names       string                 // of the numbers from first on
	chosen      int                    // the last number that a bare H or ~ may become; 0: last
	special     func(item string) bool // reads what only this field knows
}

func (c column) size() int { return c.last - c.first + 1 }

// weekly fields know 7 as another 0.
func (c column) weekly() bool { return c.name == "day-of-week" }

// reader reads the fields of one expression; the first mistake counts.
type reader struct {
	id, expr string
	cron     *cron
	mistake  *Mistake
}

func (f *reader) wrong(p part, format string, args ...any) uint64 {
	if f.mistake == nil {
		f.mistake = &Mistake{f.expr, p.at, p.end(), fmt.Sprintf(format, args...)}
	}
	return 0
}

// field reads a list and answers the bits of its numbers.
func (f *reader) field(p part, c column) (set uint64) {
	at := p.at
	for _, item := range strings.Split(p.text, ",") {
		one := part{item, at}
		if at += len(item) + 1; item == "" {
			return f.wrong(p, "%s %q: a member of the list is empty; write the numbers with one comma between two", c.name, p.text)
		}
		if c.special != nil && c.special(strings.ToUpper(item)) {
			continue
		}
		set |= f.item(one, c)
	}
	return set
}

// item reads a member of a list: a number, a range, a choice by hash, each perhaps
// with a step.
func (f *reader) item(p part, c column) uint64 {
	text, stepText, stepped := strings.Cut(p.text, "/")
	body := part{text, p.at}
	step := 1
	if stepped {
		var err error
		where := part{stepText, p.at + len(text) + 1}
		if stepText == "" {
			where = p
		}
		if step, err = strconv.Atoi(stepText); err != nil || step < 1 || stepText[0] == '+' {
			return f.wrong(where, "%s %q: the step behind / is no number from 1 up", c.name, p.text)
		}
		if step > c.size() {
			return f.wrong(where, "%s %q: a step of %d is more than the field has numbers (%d); for such intervals write @every or --every",
				c.name, p.text, step, c.size())
		}
	}
	from, to, ok := 0, 0, true
	low, high, ranged := strings.Cut(text, "-")
	switch {
	case text == "*" || text == "?":
		from, to = c.first, c.last
	case text[:min(1, len(text))] == "H" && (len(text) == 1 || text[1] == '('):
		return f.hashed(body, step, stepped, c)
	case strings.Contains(text, "~"):
		return f.random(body, step, stepped, c)
	case ranged:
		from, ok = f.number(part{low, p.at}, c)
		if ok {
			to, ok = f.number(part{high, p.at + len(low) + 1}, c)
		}
	default:
		from, ok = f.number(body, c)
		to = from
		if stepped {
			to = c.last
		}
	}
	if !ok {
		return 0
	}
	return c.bits(from, to, step)
}

// bits are the numbers from one to another, which may lie behind the end of the
// field: 22-2 is 22, 23, 0, 1, 2.
func (c column) bits(from, to, step int) (set uint64) {
	size := c.size()
	if to < from {
		to += size
	}
	for n := from; n <= to; n += step {
		set |= 1 << (c.first + (n-c.first)%size)
	}
	return set
}

// hashed reads H, H(0-29), and either with a step.
func (f *reader) hashed(p part, step int, stepped bool, c column) uint64 {
	from, to := c.whole()
	if inner := p.text[1:]; inner != "" {
		low, high, ok := strings.Cut(strings.TrimSuffix(inner[1:], ")"), "-")
		if !ok || !strings.HasSuffix(inner, ")") {
			return f.wrong(p, "%s %q: write a range in the brackets behind H, as in H(%d-%d)", c.name, p.text, c.first, c.last)
		}
		if from, ok = f.number(part{low, p.at + 2}, c); ok {
			to, ok = f.number(part{high, p.at + 3 + len(low)}, c)
		}
		if !ok {
			return 0
		}
	}
	return f.choose(p, from, to, step, stepped, c)
}

// random reads ~ as crontabs of OpenBSD have it: 10~40, ~, 10~, ~40.
func (f *reader) random(p part, step int, stepped bool, c column) uint64 {
	from, to := c.whole()
	ok := true
	low, high, _ := strings.Cut(p.text, "~")
	if low != "" {
		from, ok = f.number(part{low, p.at}, c)
		to = c.last
	}
	if high != "" && ok {
		to, ok = f.number(part{high, p.at + len(low) + 1}, c)
	}
	if !ok {
		return 0
	}
	return f.choose(p, from, to, step, stepped, c)
}

// whole is the range of a bare H or ~: days that each month has.
func (c column) whole() (from, to int) {
	if c.chosen > 0 {
		return c.first, c.chosen
	}
	return c.first, c.last
}

// choose takes one number of a range, or with a step one in each step.
func (f *reader) choose(p part, from, to, step int, stepped bool, c column) uint64 {
	if to < from {
		return f.wrong(p, "%s %q: the range to choose from is backwards; write the smaller number first", c.name, p.text)
	}
	n := uint64(to - from + 1)
	if stepped {
		n = min(n, uint64(step))
	}
	chosen := from + int(spread(f.id, c.name)%n)
	if !stepped {
		to = chosen
	}
	return c.bits(chosen, to, step)
}

func (f *reader) number(p part, c column) (int, bool) {
	for i, name := range strings.Fields(c.names) {
		if strings.EqualFold(p.text, name) {
			return c.first + i, true
		}
	}
	last := c.last
	if c.weekly() {
		last = 7
	}
	n, err := strconv.Atoi(p.text)
	switch {
	case p.text == "":
		p.at = max(0, p.at-1)
		p.text = f.expr[p.at:min(len(f.expr), p.at+1)]
		f.wrong(p, "%s: a number is missing", c.name)
	case err != nil || p.text[0] == '+' || p.text[0] == '-':
		f.wrong(p, "%s: %s", c.name, c.stranger(p.text))
	case n < c.first || n > last:
		f.wrong(p, "%s %d is not one of %d-%d", c.name, n, c.first, last)
	default:
		return n, true
	}
	return 0, false
}

// stranger says what to write instead of what is no number.
func (c column) stranger(text string) string {
	allowed := fmt.Sprintf("allowed are numbers from %d to %d", c.first, c.last)
	if c.names != "" {
		names := strings.Fields(c.names)
		allowed += ", " + names[0] + " to " + names[len(names)-1]
		if len(text) > 3 && !strings.Contains(text, "#") {
			for _, name := range names {
				if strings.EqualFold(text[:3], name) {
					return fmt.Sprintf("%q: write %s", text, name)
				}
			}
		}
	}
	upper := strings.ToUpper(text)
	switch {
	case upper == "L" && c.weekly():
		return `"L": write the weekday before it, as in 5L for the last Friday, or L as the day-of-month`
	case text == "h":
		return `"h": write it as a capital H`
	case strings.ContainsAny(text, "#") && c.weekly():
		return fmt.Sprintf("%q: write a weekday and which one of the month, 1 to 5, as in FRI#2", text)
	case strings.HasSuffix(upper, "W") && c.name == "day-of-month":
		return fmt.Sprintf("%q: write a day from 1 to 31 before the W, or LW for the last workday", text)
	case strings.HasPrefix(upper, "L") && c.name == "day-of-month":
		return fmt.Sprintf("%q: write L, or L-3 for three days before the last (L-0 to L-30)", text)
	}
	return fmt.Sprintf("%q is not understood; %s, *, ranges 1-5, steps */2, lists 1,3, H and ~", text, allowed)
}

// dayOfMonth reads L, L-3, LW and 15W.
func (f *reader) dayOfMonth(item string) bool {
	if item == "L" {
		f.cron.fromEnd |= 1
		return true
	}
	if item == "LW" {
		f.cron.lastWorkday = true
		return true
	}
	if before, ok := strings.CutPrefix(item, "L-"); ok {
		n, ok := small(before, 0, 30)
		if ok {
			f.cron.fromEnd |= 1 << n
		}
		return ok
	}
	if date, ok := strings.CutSuffix(item, "W"); ok {
		n, ok := small(date, 1, 31)
		if ok {
			f.cron.workday |= 1 << n
		}
		return ok
	}
	return false
}

// dayOfWeek reads 5L, FRIL and FRI#2.
func (f *reader) dayOfWeek(item string) bool {
	weekday, which, numbered := strings.Cut(item, "#")
	if !numbered {
		var last bool
		if weekday, last = strings.CutSuffix(item, "L"); !last {
			return false
		}
	}
	day, ok := small(weekday, 0, 7)
	for i, name := range strings.Fields(weekdays) {
		if weekday == name {
			day, ok = i, true
		}
	}
	if ok && numbered {
		n := 0
		if n, ok = small(which, 1, 5); ok {
			f.cron.nth[n] |= 1 << (day % 7)
		}
	} else if ok {
		f.cron.lastOf |= 1 << (day % 7)
	}
	return ok
}

// small reads a number of one or two digits.
func small(text string, least, most int) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && len(text) <= 2 && text[0] != '+' && text[0] != '-' && n >= least && n <= most
}
