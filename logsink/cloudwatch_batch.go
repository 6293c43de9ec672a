package logsink

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// What PutLogEvents takes at once.
const (
	batchBytes  = 1 << 20
	batchEvents = 10_000
	batchSpan   = 24 * time.Hour
	eventExtra  = 26 // counted for each event
	// eventBytes is less than the megabyte that an event may have by now: others that
	// speak this protocol still take what CloudWatch took until 2025.
	eventBytes = 256<<10 - eventExtra
	// Lines within these bounds are taken; the minutes are for clocks that differ.
	oldest = 14*24*time.Hour - 5*time.Minute
	newest = 2*time.Hour - 5*time.Minute
)

// batch is what goes to a stream in one call.
type batch struct {
	events []types.InputLogEvent
	from   []int // of each event: which line it is of
}

func (b batch) lines(begin, end int) []int { return slices.Clone(b.from[begin:end]) }

// gather makes batches of lines, by stream and in the order of time, and counts the
// lines that no stream would take.
func (c *cloudWatch) gather(lines []line, now time.Time) (streams map[string][]batch, refused int) {
	all := map[string]batch{}
	names := map[*from]string{}
	for i, l := range lines {
		if age := now.Sub(l.time); age > oldest || age < -newest {
			if !l.note {
				refused++
			}
			continue
		}
		name, known := names[l.from]
		if !known {
			name = c.streamOf(l.from)
			names[l.from] = name
		}
		b := all[name]
		b.add(i, l)
		all[name] = b
	}
	streams = make(map[string][]batch, len(all))
	for name, b := range all {
		streams[name] = b.divide()
	}
	return streams, refused
}

// add makes one event of a line, or several of a very long one.
func (b *batch) add(i int, l line) {
	at := l.time.UnixMilli()
	for {
		object, rest := appendObject(make([]byte, 0, min(len(l.from.head)+len(l.text)+16, eventBytes)), l, eventBytes)
		message := string(object)
		b.events, b.from = append(b.events, types.InputLogEvent{Message: &message, Timestamp: &at}), append(b.from, i)
		if rest == "" || rest == l.text {
			return
		}
		l.text = rest
	}
}

// divide sorts the events and cuts them into what the service takes at once.
func (b *batch) divide() (list []batch) {
	order := make([]int, len(b.events))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int {
		return cmp.Compare(*b.events[x].Timestamp, *b.events[y].Timestamp)
	})
	var now batch
	size := 0
	for _, i := range order {
		e := b.events[i]
		bytes := len(*e.Message) + eventExtra
		if n := len(now.events); n > 0 && (n == batchEvents || size+bytes > batchBytes ||
			*e.Timestamp-*now.events[0].Timestamp >= batchSpan.Milliseconds()) {
			list = append(list, now)
			now, size = batch{}, 0
		}
		now.events, now.from = append(now.events, e), append(now.from, b.from[i])
		size += bytes
	}
	return append(list, now)
}

// maxStream is how many characters the name of a stream may have.
const maxStream = 512

var streamEscapes = strings.NewReplacer("%", "%25", ":", "%3A", "*", "%2A")

// streamName makes the name of a stream, which may hold no colon and no asterisk. Names
// that differ stay different.
func streamName(name string) string {
	name = streamEscapes.Replace(name)
	if utf8.RuneCountInString(name) <= maxStream {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return string([]rune(name)[:maxStream-17]) + "~" + hex.EncodeToString(sum[:8])
}
