package calendar

import (
	"fmt"
	"strings"
	"time"
)

// add adds what an expression says: a cron expression, a word such as @daily, or
// @every with an interval that counts from the start.
func (r *Rule) add(id, text string, start time.Time) error {
	whole := func(why string) error { return &Mistake{text, 0, len(text), why} }
	word, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	expr := text
	switch word = strings.ToLower(word); {
	case word == "@every":
		interval, err := ParseDuration(rest)
		if err == nil {
			err = r.every(start, interval)
		}
		if err != nil {
			return fmt.Errorf("cron %q: %w", text, err)
		}
		return nil
	case rest != "" && strings.HasPrefix(word, "@"):
		return whole("a word such as @daily stands alone; only @every has something behind it, as in @every 90s")
	case word == "@reboot":
		r.reboot = true
		return nil
	case strings.HasPrefix(word, "@"):
		var known bool
		if expr, known = words()[word]; !known {
			return whole("there is no word " + word + "; allowed are @yearly, @monthly, @weekly, @daily, @hourly, @reboot and @every 90s")
		}
	case strings.Contains(word, "tz="):
		return whole("the zone is a field of its own: timezone, --tz on the command line")
	}
	c, err := parseCron(id, expr)
	if err != nil {
		return err
	}
	if _, ok := c.next(0); !ok {
		return whole("it never fires: no such day is in any of its months")
	}
	r.crons = append(r.crons, c)
	return nil
}

func words() map[string]string {
	return map[string]string{
		"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
		"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
	}
}

// parseCron reads five fields, or six with the seconds first.
func parseCron(id, expr string) (*cron, error) {
	parts := cut(expr, 0, " \t\n\r\v\f")
	switch {
	case len(parts) == 0:
		return nil, &Mistake{expr, 0, len(expr), "it is empty; write five fields: minute hour day-of-month month day-of-week"}
	case len(parts) == 5:
		parts = append([]part{{"0", 0}}, parts...)
	case len(parts) == 7:
		return nil, &Mistake{expr, parts[6].at, len(expr), "there is no field for years; leave it out, and give the job a start and a stop"}
	case len(parts) != 6:
		why := fmt.Sprintf("it has %s; write five (minute hour day-of-month month day-of-week), or six with the seconds first", count(len(parts), "field"))
		return nil, &Mistake{expr, 0, len(expr), why}
	}
	c := &cron{anyDay: star(parts[3].text), anyWeekday: star(parts[5].text)}
	f := &reader{id: id, expr: expr, cron: c}
	c.second = f.field(parts[0], column{name: "second", last: 59})
	c.minute = f.field(parts[1], column{name: "minute", last: 59})
	c.hour = uint32(f.field(parts[2], column{name: "hour", last: 23}))
	c.day = uint32(f.field(parts[3], column{name: "day-of-month", first: 1, last: 31, chosen: 28, special: f.dayOfMonth}))
	c.month = uint16(f.field(parts[4], column{name: "month", first: 1, last: 12, names: months}))
	c.weekday = uint8(f.field(parts[5], column{name: "day-of-week", last: 6, names: weekdays, special: f.dayOfWeek}))
	if f.mistake != nil {
		return nil, f.mistake
	}
	return c, nil
}

const (
	months   = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"
	weekdays = "SUN MON TUE WED THU FRI SAT"
)

func star(field string) bool { return field[0] == '*' || field[0] == '?' }

// part is a piece of an expression and where it begins.
type part struct {
	text string
	at   int
}

func (p part) end() int { return p.at + len(p.text) }

// cut divides a text at any of some characters, and leaves out what is empty.
func cut(text string, at int, any string) (parts []part) {
	for {
		skip := len(text) - len(strings.TrimLeft(text, any))
		text, at = text[skip:], at+skip
		if text == "" {
			return parts
		}
		end := strings.IndexAny(text, any)
		if end < 0 {
			end = len(text)
		}
		parts = append(parts, part{text[:end], at})
		text, at = text[end:], at+end
	}
}

// count writes a number of things.
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
