package jobs

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

func TestTextIsReadBackAsTheJob(t *testing.T) {
	t.Parallel()
	start := time.UnixMicro(1767225600250000).UTC()
	for _, want := range []Job{
		{ID: "a", Runner: "shell", Overlap: Forbid},
		{ID: `a "b" é`, Runner: "r", Payload: "<&>\n\u2028", Overlap: Allow, Schedule: Schedule{Interval: 1500 * time.Millisecond, Stop: start.Add(time.Hour), Lambda: 1.5, Step: time.Hour}},
		{ID: "a", Runner: "x", Payload: `{"a":9223372036854775808}`, Overlap: Queue, BoardFile: "f", After: []string{"b"}, Fields: map[string]json.RawMessage{"z": json.RawMessage("[1.50]")}, Schedule: Schedule{Cron: "@daily", Timezone: "Asia/Tokyo"}},
	} {
		want.Start = start
		text, err := want.Text(start)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseJob([]byte(text))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v\nof %s\nwant %+v", got, err, text, want)
		}
	}
}
