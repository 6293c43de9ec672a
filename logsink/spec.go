package logsink

import (
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/jobs-agent/jobs"
)

// The kinds of sinks.
const (
	kindFile       = "file"
	kindStdout     = "stdout"
	kindCloudWatch = "cloudwatch"
)

// Spec says where lines go, as Parse read it.
type Spec struct {
	kind string
	name string // the spec as written, for people

	path string // of a file
	max  int64  // bytes after which the file is rotated
	keep int    // rotated files that are kept
	json bool   // else lines for people

	group  string // of CloudWatch Logs
	byJob  bool   // a stream a job instead of one a host
	region string

	buffer int           // bytes that may wait
	wait   time.Duration // how long one attempt may be held up in all
}

// String is the spec as it was written.
func (s Spec) String() string { return s.name }

// minBuffer takes several of the longest lines.
const minBuffer = 1 << 20

var groupName = regexp.MustCompile(`^[.\-_/#A-Za-z0-9]{1,512}$`)

// Parse reads file:PATH, stdout or cloudwatch:GROUP, each with options behind a
// question mark: file:/var/log/jobs/output.log?max=100MB&keep=10.
func Parse(text string) (Spec, error) {
	bad := func(format string, args ...any) (Spec, error) {
		return Spec{}, fmt.Errorf("log sink %q: %w: %s", text, jobs.ErrInvalid, fmt.Sprintf(format, args...))
	}
	where, options, _ := strings.Cut(text, "?")
	kind, place, _ := strings.Cut(where, ":")
	s := Spec{kind: kind, name: text, max: 100e6, keep: 10, buffer: 8 << 20, wait: time.Second}
	allowed := []string{"buffer", "wait"}
	switch kind {
	case kindFile:
		if !filepath.IsAbs(place) {
			return bad("write the whole path, as in file:/var/log/jobs-agent/output.log")
		}
		s.path, allowed = filepath.Clean(place), append(allowed, "max", "keep", "format")
	case kindStdout:
		if place != "" {
			return bad("stdout takes no place; write stdout")
		}
		s.json = true
	case kindCloudWatch:
		if !groupName.MatchString(place) {
			return bad("the log group has 1 to 512 letters, digits and . - _ / #, as in cloudwatch:/jobs/production")
		}
		s.group, allowed = place, append(allowed, "stream", "region")
	default:
		return bad("write file:PATH, stdout or cloudwatch:GROUP")
	}
	values, err := url.ParseQuery(options)
	if err != nil {
		return bad("options are written ?name=value&name=value: %v", err)
	}
	for name, list := range values {
		if !slices.Contains(allowed, name) {
			slices.Sort(allowed)
			return bad("there is no option %q for %s; there are %s", name, kind, strings.Join(allowed, ", "))
		}
		if len(list) > 1 {
			return bad("%s is given twice", name)
		}
		if why := s.set(name, list[0]); why != "" {
			return bad("%s=%s: %s", name, list[0], why)
		}
	}
	return s, nil
}

// set gives an option its value, or says what is wrong with it.
func (s *Spec) set(name, value string) string {
	switch name {
	case "max", "buffer":
		n, err := humanize.ParseBytes(value)
		if err != nil || n < minBuffer || n > 1<<40 {
			return "write a size from 1MiB to 1TiB, as in 100MB"
		}
		if name == "max" {
			s.max = int64(n)
		} else {
			s.buffer = int(n)
		}
	case "keep":
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 || n > 1000 {
			return "write how many rotated files stay, 0 to 1000"
		}
		s.keep = n
	case "wait":
		d, err := time.ParseDuration(value)
		if err != nil || d < 0 || d > time.Hour {
			return "write how long a run may be held up, 0s to 1h, as in 500ms"
		}
		s.wait = d
	case "format":
		if value != "text" && value != "json" {
			return "allowed are text, json"
		}
		s.json = value == "json"
	case "stream":
		if value != "host" && value != "job" {
			return "allowed are host, job"
		}
		s.byJob = value == "job"
	case "region":
		if value == "" {
			return "it is empty"
		}
		s.region = value
	}
	return ""
}
