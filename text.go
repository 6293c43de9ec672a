package jobs

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Text writes the metadata of a job as the commands write it: id and start first, the
// payload last. Start is its first nominal time, which a job on the board always has.
func (j *Job) Text(start time.Time) (string, error) {
	head, tail, err := j.Halves()
	if err != nil {
		return "", err
	}
	return head + seconds(float64(start.UnixMicro())/1e6) + tail, nil
}

// Halves are the metadata in front of the start and behind it.
func (j *Job) Halves() (head, tail string, err error) {
	policies, err := j.Policies()
	if err != nil {
		return "", "", err
	}
	var b strings.Builder
	texts := [3]string{j.ID, j.Runner, j.Payload}
	for i, text := range texts {
		if plainly(text) {
			texts[i] = `"` + text + `"`
		} else if texts[i], err = quoted(text); err != nil {
			return "", "", fmt.Errorf("write metadata: %w", err)
		}
	}
	b.Grow(len(policies) + len(texts[1]) + len(texts[2]) + 64)
	b.WriteString(`,"runner":` + texts[1])
	if j.Interval > 0 {
		b.WriteString(`,"interval":` + seconds(j.Interval.Seconds()))
	}
	if !j.Stop.IsZero() {
		b.WriteString(`,"stop":"` + seconds(float64(j.Stop.UnixMicro())/1e6) + `"`)
	}
	if j.Lambda != 0 {
		b.WriteString(`,"lambda":"` + seconds(j.Lambda) + `"`)
	}
	if j.Step > 0 {
		b.WriteString(`,"step":"` + seconds(j.Step.Seconds()) + `"`)
	}
	if len(policies) > 2 {
		b.WriteString("," + policies[1:len(policies)-1])
	}
	b.WriteString(`,"payload":` + texts[2] + "}")
	return `{"id":` + texts[0] + `,"start":`, b.String(), nil
}

func seconds(s float64) string { return strconv.FormatFloat(s, 'f', -1, 64) }
