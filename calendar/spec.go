package calendar

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/jobs-agent/jobs"
)

var hash = regexp.MustCompile(`[^a-zA-Z]H[^a-zA-Z]|~`)

// Spec is the text under which Redis keeps the plan of a job's schedule, and empty for
// one that needs none. The command set composes the same text (lib/timing.lua).
func Spec(id string, s jobs.Schedule) string {
	all := s.Cron + ";" + strings.Join(s.Also, ";")
	low := strings.ToLower(all)
	if !s.Planned() || s.Interval == 0 && strings.Trim(strings.ReplaceAll(low, "@reboot", ""), ";") == "" {
		return ""
	}
	field := func(n float64) string {
		if n == 0 {
			return ""
		}
		return numeral(n)
	}
	jitter, interval, start := field(s.Jitter.Seconds()), field(s.Interval.Seconds()), ""
	if (s.Interval > 0 || strings.Contains(low, "@every")) && !s.Start.IsZero() {
		start = numeral(float64(s.Start.UnixMicro()) / 1e6)
	}
	own := ""
	if s.Jitter > 0 || hash.MatchString(" "+all+" ") {
		own = id
	}
	return strings.Join([]string{
		s.Cron, s.Timezone, string(s.Gap), string(s.Fold), strings.Join(s.Except, ","), strings.Join(s.Also, ";"), jitter, interval, start, own,
	}, "|")
}

// numeral writes a number as lib/numeral.lua does.
func numeral(n float64) string {
	if n == float64(int64(n)) {
		return strconv.FormatInt(int64(n), 10)
	}
	text := strconv.FormatFloat(n, 'g', 14, 64)
	if back, _ := strconv.ParseFloat(text, 64); back != n {
		text = strconv.FormatFloat(n, 'g', 17, 64)
	}
	return text
}
