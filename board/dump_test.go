package board_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

// dumped is a dump with the values as they stand, byte for byte.
type dumped struct {
	Jobs       map[string]map[string]json.RawMessage
	Runners    map[string]string
	Unreadable map[string]string
}

func dump(t *testing.T, b *board.Board) (string, dumped) {
	t.Helper()
	var out bytes.Buffer
	if err := b.Dump(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	var d dumped
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		t.Fatalf("the dump is no JSON: %v\n%s", err, out.String())
	}
	return out.String(), d
}

func TestAnEmptyBoardIsDumpedAndLoaded(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		text, got := dump(t, b)
		if len(got.Jobs) != 0 || len(got.Runners) != 0 {
			t.Errorf("got %s", text)
		}
		if loaded, err := b.Load(t.Context(), strings.NewReader(text), board.Loading{}); err != nil || loaded != (board.Loaded{}) {
			t.Errorf("got %+v, %v, want nothing loaded", loaded, err)
		}
	})
}

func TestWhatIsDumpedIsLoadedByteForByte(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		must[time.Time](t)(b.Put(ctx, everyField()))
		must[bool](t)(b.Register(ctx, "mail", "a command"))
		for id, text := range map[string]string{
			"spaced":   ` { "x" : { "deep" : [ 1,  2.50 ] } , "runner" : "r" , "payload" : [ ] , "start" : 5000000000 }`,
			"number":   `{"runner":"r","payload":12345678901234567890,"start":5000000000,"n":1e300}`,
			"escaped":  `{"runner":"r","payload":"\u00e9\/\u2028é<","start":5000000000,"\u0061":null}`,
			"no json":  "{bad \"\n",
			"an array": `[1, 2]`,
			"nothing":  "",
		} {
			raw(b).HSet(ctx, "jobs", id, text)
		}
		text, want := dump(t, b)
		if len(want.Jobs) != 4 || len(want.Unreadable) != 3 || want.Unreadable["no json"] != "{bad \"\n" || want.Runners["mail"] != "a command" {
			t.Errorf("got %s, want four jobs, three that are unreadable, and the registry", text)
		}
		if !strings.Contains(text, `{ "deep" : [ 1,  2.50 ] }`) {
			t.Errorf("got %s, want the metadata byte for byte", text)
		}
		before := must[board.Entry](t)(b.Show(ctx, everyField().ID))

		for _, key := range raw(b).Keys(ctx, "jobs*").Val() {
			raw(b).Del(ctx, key)
		}
		loaded, err := b.Load(ctx, strings.NewReader(text), board.Loading{})
		if want := (board.Loaded{Jobs: 4, Runners: 2, Passed: 3}); err != nil || loaded != want {
			t.Errorf("got %+v, %v, want %+v", loaded, err, want)
		}
		for id := range want.Jobs { // JLOAD needs an id and a payload
			if want.Jobs[id]["id"] == nil {
				want.Jobs[id]["id"] = json.RawMessage(`"` + id + `"`)
			}
		}
		want.Unreadable, want.Runners["r"] = nil, "jobs-r-runner"
		_, got := dump(t, b)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		after := must[board.Entry](t)(b.Show(ctx, everyField().ID))
		if diff := cmp.Diff(before.Job, after.Job); diff != "" || !after.Next.Equal(before.Next) {
			t.Errorf("next %v and %v (-before +after):\n%s", before.Next, after.Next, diff)
		}
	})
}

func read2014(t *testing.T) (string, dumped) {
	t.Helper()
	text, err := os.ReadFile("../testdata/2014/board-2014.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dumped
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return string(text), d
}

func TestTheDumpOf2014IsLoadedByteForByte(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		text, want := read2014(t)
		var told [][2]int
		loaded, err := b.Load(t.Context(), strings.NewReader(text), board.Loading{Progress: func(done, all int) { told = append(told, [2]int{done, all}) }})
		if err != nil || loaded.Jobs != 240 || loaded.Runners != len(want.Runners) {
			t.Errorf("got %+v, %v, want 240 jobs and %d runners", loaded, err, len(want.Runners))
		}
		if len(told) == 0 || told[len(told)-1] != [2]int{240, 240} {
			t.Errorf("progress: got %v, want 240 of 240 at last", told)
		}
		_, got := dump(t, b)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		count := must[board.Count](t)(b.Count(t.Context()))
		if count.Jobs != 240 || count.Scheduled != 240 {
			t.Errorf("got %+v, want 240 jobs, all scheduled", count)
		}
	})
}

func TestFromNowNothingOfAnOldDumpIsDueAtOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		text, _ := read2014(t)
		before := must[time.Time](t)(b.Now(t.Context()))
		must[board.Loaded](t)(b.Load(t.Context(), strings.NewReader(text), board.Loading{FromNow: true}))
		for entry, err := range b.Jobs(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			s := entry.Job.Schedule
			if s.Interval == 0 || s.Start.IsZero() { // no grid
				continue
			}
			if !entry.Next.After(before) {
				t.Errorf("%s is due at %v, before the load at %v", entry.ID, entry.Next, before)
			}
			off := entry.Next.Sub(s.Start) % s.Interval
			if off > time.Millisecond && off < s.Interval-time.Millisecond && (s.Lambda == 0 || s.Lambda == 1) {
				t.Errorf("%s: %v is %v off the grid of %v", entry.ID, entry.Next, off, s.Start)
			}
		}
	})
}

func TestABadDumpWritesNothing(t *testing.T) {
	t.Parallel()
	const good = `"good":{"runner":"r","payload":""}`
	tests := map[string]string{
		"nothing":                        ``,
		"no JSON":                        `{"jobs":{` + good,
		"no object":                      `[]`,
		"no jobs":                        `{"runners":{"r":"x"}}`,
		"jobs that are null":             `{"jobs":null}`,
		"something behind its end":       `{"jobs":{` + good + `}} {"jobs":{}}`,
		"a job that is no object":        `{"jobs":{` + good + `,"bad":5}}`,
		"a job that is null":             `{"jobs":{` + good + `,"bad":null}}`,
		"a job without a runner":         `{"jobs":{` + good + `,"bad":{"payload":""}}}`,
		"a runner that is no string":     `{"jobs":{` + good + `,"bad":{"runner":5}}}`,
		"a job with an empty id":         `{"jobs":{` + good + `,"":{"runner":"r"}}}`,
		"a registry that is no registry": `{"jobs":{` + good + `},"runners":{"r":5}}`,
	}
	both(t, func(t *testing.T, b *board.Board) {
		for name, text := range tests {
			loaded, err := b.Load(t.Context(), strings.NewReader(text), board.Loading{})
			if !errors.Is(err, jobs.ErrInvalid) || !strings.HasSuffix(err.Error(), "nothing was loaded") || loaded != (board.Loaded{}) {
				t.Errorf("%s: got %+v, %v, want ErrInvalid and nothing loaded", name, loaded, err)
			}
		}
		if keys := raw(b).Keys(t.Context(), "jobs*").Val(); len(keys) != 0 {
			t.Errorf("got keys %v, want none", keys)
		}
	})
}

func TestLoadReplacesJobsOfTheSameIDsAndKeepsTheRegistry(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		must[time.Time](t)(b.Put(ctx, jobs.Job{ID: "a", Runner: "r", Payload: "old", Schedule: jobs.Schedule{Start: soon()}}))
		must[time.Time](t)(b.Put(ctx, jobs.Job{ID: "b", Runner: "r", Payload: "old", Schedule: jobs.Schedule{Start: soon()}}))
		must[bool](t)(b.Register(ctx, "r", "mine"))
		loaded, err := b.Load(ctx, strings.NewReader(`{"jobs":{"a":{"runner":"r","payload":"new"}},"runners":{"r":"theirs","s":"x"}}`), board.Loading{})
		if want := (board.Loaded{Jobs: 1, Runners: 1}); err != nil || loaded != want {
			t.Errorf("got %+v, %v, want %+v", loaded, err, want)
		}
		for id, want := range map[string]string{"a": "new", "b": "old"} {
			if got := must[board.Entry](t)(b.Show(ctx, id)).Job.Payload; got != want {
				t.Errorf("%s: got payload %q, want %q", id, got, want)
			}
		}
		if got := must[map[string]string](t)(b.Runners(ctx))["r"]; got != "mine" {
			t.Errorf("the command of r: got %q, want mine", got)
		}
	})
}

func TestDumpTellsThatItCouldNotWrite(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		reader, writer := io.Pipe()
		reader.Close()
		if err := b.Dump(t.Context(), writer); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("got %v, want the error of the writer", err)
		}
	})
}
