package calendar

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/jobs-agent/jobs"
)

// Wall times are what clocks show, as the Unix time at which clocks in UTC show the
// same. Arithmetic on them knows nothing of zones; a zone says at which instants
// they are shown.

const day = 24 * 60 * 60

// widest is more than any zone was ever ahead of UTC, or behind it. Twice as much is
// more than any fold or gap, those of a day included, in which zones went to the
// other side of the date line.
const widest = 16 * 60 * 60

type zone struct{ *time.Location }

// period is a stretch of instants, from <= t < to, in which clocks stay ahead of UTC
// by the same number of seconds.
type period struct{ from, to, ahead int64 }

func (z zone) at(t int64) period {
	instant := time.Unix(t, 0).In(z.Location)
	from, to := instant.ZoneBounds()
	_, ahead := instant.Zone()
	p := period{math.MinInt64 / 2, math.MaxInt64 / 2, int64(ahead)}
	if !from.IsZero() {
		p.from = from.Unix()
	}
	if !to.IsZero() {
		p.to = to.Unix()
	}
	if p.to <= t {
		// Behind the tables of the database package time ends a period with the 365th
		// day of the year: on the last of a leap year it ended before it began.
		p.to = (floor(t, day) + 1) * day
	}
	return p
}

// shows are the first and the last instant at which clocks show a wall time. It is
// false, with the end of the gap, for one that is left out.
func (z zone) shows(wall int64) (first, last int64, shown bool) {
	for p := z.at(wall - widest); ; p = z.at(p.to) {
		if wall < p.from+p.ahead {
			if !shown {
				first, last = p.from, p.from
			}
			return first, last, shown
		}
		if t := wall - p.ahead; t < p.to {
			if !shown {
				first = t
			}
			last, shown = t, true
		}
		if p.to >= wall+widest {
			return first, last, shown
		}
	}
}

// loaded are the zones that were asked for, by name: a board has many schedules and
// few zones, and to read one takes longer than all the rest of a schedule.
var loaded sync.Map

// loadZone finds a zone in the database, UTC if no name is given.
func loadZone(name string) (zone, error) {
	fail := func(why string) (zone, error) {
		return zone{}, fmt.Errorf("timezone %q: %w: %s", name, jobs.ErrInvalid, why)
	}
	switch {
	case name == "":
		return zone{time.UTC}, nil
	case strings.EqualFold(name, "local"), name == "localtime", name == "posixrules":
		return fail("it would be another one on each host; name the one that is meant, such as Europe/Brussels")
	case strings.HasPrefix(name, "right/"):
		return fail("it counts leap seconds, which Unix time does not; write it without right/")
	}
	if loc, ok := loaded.Load(name); ok {
		return zone{loc.(*time.Location)}, nil
	}
	loc, err := time.LoadLocation(name)
	if err == nil {
		loaded.Store(name, loc)
		return zone{loc}, nil
	}
	if guess := capitalized(name); guess != name {
		if _, err := time.LoadLocation(guess); err == nil {
			return fail("did you mean " + guess + "?")
		}
	}
	return fail("the time zone database does not have it; write an IANA name such as Europe/Brussels or UTC")
}

// capitalized writes a name as most zones are written: America/New_York.
func capitalized(name string) string {
	text := []byte(strings.ReplaceAll(strings.ToLower(name), " ", "_"))
	for i, c := range text {
		if c >= 'a' && c <= 'z' && (i == 0 || text[i-1] == '/' || text[i-1] == '_' || text[i-1] == '-') {
			text[i] -= 'a' - 'A'
		}
	}
	return string(text)
}
