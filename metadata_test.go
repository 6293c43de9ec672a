package jobs_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jobs-agent/jobs"
)

// everyField is a job with a value in every field but those of the schedule that
// are resolved when it is put.
func everyField() jobs.Job {
	return jobs.Job{
		ID: `a"b\<é>`, Runner: "shell", Payload: "[]\n\"\\</é\u2028>",
		Schedule: jobs.Schedule{
			Interval: 90 * time.Second, Start: time.Unix(1000, 0).UTC(), Stop: time.Unix(5000, 0).UTC(), Lambda: 2, Step: time.Hour, Min: 2 * time.Second, Max: 24 * time.Hour,
			Cron: "0 3 * * *", Also: []string{"@daily", "@every 90s"}, Timezone: "Europe/Berlin", Gap: jobs.SkipTime, Fold: jobs.Both,
			Except: []string{"12-25", "sat"}, Jitter: time.Minute,
		},
		After: []string{"b"}, On: jobs.Always, Within: time.Hour, Hosts: "gpu=true", Priority: jobs.High, OnFailure: "mail <&", BoardFile: "nightly",
		Timeout: 1500 * time.Millisecond, Grace: time.Second, Retries: 3,
		Backoff: jobs.Backoff{Growth: jobs.Linear, Delay: 2 * time.Second, Factor: 1.5, Cap: time.Minute, Jitter: 0.25},
		RetryOn: []int{1, 75}, NoRetryOn: []int{2},
		Overlap: jobs.Allow, Misfire: jobs.RunAll, MisfireGrace: time.Minute, OnLost: jobs.FailOnLost, CutOff: jobs.StopRunning, Keep: jobs.Keep{Runs: 7, Age: time.Hour, Outputs: 3},
		Fields: map[string]json.RawMessage{"team": json.RawMessage(`{"name":"ops"}`), "tags": json.RawMessage(`[1,null]`)},
	}
}

func TestParseJobReadsWhatClientsOf2014Wrote(t *testing.T) {
	t.Parallel()
	start := time.Unix(1414139992, 0).UTC()
	tests := []struct {
		name, text string
		want       jobs.Schedule
	}{
		{"strings", `"start":1414139992,"interval":5,"stop":"1414139999","lambda":"2","step":"86400"`, jobs.Schedule{
			Start: start, Interval: 5 * time.Second, Stop: start.Add(7 * time.Second), Lambda: 2, Step: 24 * time.Hour,
		}},
		{"numbers", `"start":1414139992.5,"interval":0.5,"stop":1414139999,"lambda":0.5,"step":10.5`, jobs.Schedule{
			Start: start.Add(500 * time.Millisecond), Interval: 500 * time.Millisecond, Stop: start.Add(7 * time.Second),
			Lambda: 0.5, Step: 10500 * time.Millisecond,
		}},
		{"what the Python client always sends", `"start":0,"interval":2629800.0,"stop":"+inf","lambda":"1","step":"86400"`, jobs.Schedule{
			Start: time.Unix(0, 0).UTC(), Interval: 2629800 * time.Second, Lambda: 1, Step: 24 * time.Hour,
		}},
		{"null", `"stop":null,"lambda":null,"step":null`, jobs.Schedule{}},
		{"empty strings", `"start":"","interval":"","stop":"","lambda":"","step":""`, jobs.Schedule{}},
		{"infinity without a sign", `"stop":"inf","lambda":"inf","step":"Infinity"`, jobs.Schedule{}},
		{"no numbers", `"interval":"often","stop":"never","lambda":"x","step":{}`, jobs.Schedule{}},
		{"numbers below 0", `"start":-1,"interval":-5,"stop":"-1","step":"-1"`, jobs.Schedule{}},
		{"nothing", `"x":1`, jobs.Schedule{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			job, err := jobs.ParseJob([]byte(`{"id":"a","runner":"shell",` + tt.text + `,"payload":"p"}`))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, job.Schedule); diff != "" {
				t.Errorf("schedule (-want +got):\n%s", diff)
			}
			if job.Overlap != jobs.Allow {
				t.Errorf("overlap: got %q, want %q for metadata without it", job.Overlap, jobs.Allow)
			}
		})
	}
}

func TestPayloadsOfOtherTypesAreKeptAsText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`"[1]"`: "[1]", `""`: "", `"\u00e9\n"`: "é\n", `12345678901234567890`: "12345678901234567890",
		`{"a": [1,  2]}`: `{"a": [1,  2]}`, `null`: "null", `true`: "true", `[]`: "[]",
	} {
		job, err := jobs.ParseJob([]byte(`{"id":"a","runner":"r","payload":` + text + `}`))
		if err != nil || job.Payload != want {
			t.Errorf("payload %s: got %q, %v, want %q", text, job.Payload, err, want)
		}
	}
}

func TestUnknownFieldsSurvive(t *testing.T) {
	t.Parallel()
	job, err := jobs.ParseJob([]byte(`{"id":"a","runner":"r","payload":"","x":{"deep": [1]},"y":null,"timeout":5}`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]json.RawMessage{"x": json.RawMessage(`{"deep": [1]}`), "y": json.RawMessage(`null`)}
	if diff := cmp.Diff(want, job.Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestFieldsOfTheWrongTypeCountAsAbsent(t *testing.T) {
	t.Parallel()
	job, err := jobs.ParseJob([]byte(`{"id":"a","runner":"r","retries":"many","overlap":5,"retry_on":"1","payload":"p"}`))
	want := jobs.Job{ID: "a", Runner: "r", Payload: "p", Overlap: jobs.Allow}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, job); diff != "" {
		t.Errorf("job (-want +got):\n%s", diff)
	}
}

func TestTextThatIsNoObjectIsNoJob(t *testing.T) {
	t.Parallel()
	for _, text := range []string{``, `{bad`, `[]`, `5`, `"x"`, `null`, `{"id":"a"} x`} {
		if job, err := jobs.ParseJob([]byte(text)); !errors.Is(err, jobs.ErrInvalid) {
			t.Errorf("%q: got %+v, %v, want ErrInvalid", text, job, err)
		}
	}
}

func TestATemplateReadsBackAsTheSameJob(t *testing.T) {
	t.Parallel()
	want := everyField()
	want.Schedule = jobs.Schedule{} // a job that is not on a board has none
	template, err := want.Template()
	if err != nil {
		t.Fatal(err)
	}
	for _, payload := range []string{want.Payload, "", "plain", "\x7f", "é", "\\", `"`, "a\tb"} {
		want.Payload = payload
		text, err := template.Text(payload)
		if err != nil {
			t.Fatal(err)
		}
		got, err := jobs.ParseJob([]byte(text))
		if err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("job (-want +got):\n%s", diff)
		}
		if !strings.HasPrefix(text, `{"id":`) || !strings.HasSuffix(text, `"}`) {
			t.Errorf("the id does not stand first or the payload not last: %s", text)
		}
	}
	if text, _ := template.Text(everyField().Payload); !strings.HasSuffix(text, `,"payload":"[]\n\"\\</é\u2028>"}`) {
		t.Errorf("more is escaped than JSON wants: %s", text)
	}
}

func TestOverlapForbidIsWrittenOut(t *testing.T) {
	t.Parallel()
	got, err := (&jobs.Job{ID: "a", Runner: "r"}).Policies()
	if want := `{"overlap":"forbid"}`; err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestATemplateSaysOfOverlapOnlyWhatIsNotMeantAnyhow(t *testing.T) {
	t.Parallel()
	for overlap, want := range map[jobs.Overlap]string{"": `"overlap":"forbid",`, jobs.Queue: `"overlap":"queue",`, jobs.Allow: ""} {
		template, err := (&jobs.Job{ID: "a", Runner: "r", Overlap: overlap}).Template()
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := template.Text("p"); got != `{"id":"a","runner":"r",`+want+`"payload":"p"}` {
			t.Errorf("overlap %q: got %s", overlap, got)
		}
	}
}

func TestPoliciesHoldEveryFieldThat2014DidNotKnow(t *testing.T) {
	t.Parallel()
	job := everyField()
	job.Fields = nil
	text, err := job.Policies()
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	metadata := reflect.TypeFor[jobs.Metadata]()
	arguments := []string{"id", "start", "runner", "interval", "stop", "lambda", "step", "payload"}
	for i := range metadata.NumField() {
		name, _, _ := strings.Cut(metadata.Field(i).Tag.Get("json"), ",")
		_, ok := got[name]
		if argument := slices.Contains(arguments, name); ok == argument {
			t.Errorf("field %q: written %v, an argument of JSET %v", name, ok, argument)
		}
	}
}
