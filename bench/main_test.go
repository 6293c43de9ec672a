package main

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/jobs-agent/jobs/runners"
)

// The processes that the measurements start are this binary again.
func TestMain(m *testing.M) {
	if runners.IsSupervisor() || len(os.Args) == 3 && os.Args[1] == "peer" {
		os.Exit(program())
	}
	os.Exit(m.Run())
}

func TestOneRoundOfOurselvesMeasures(t *testing.T) {
	t.Parallel()
	if _, err := findRedis(); err != nil {
		t.Skip(err)
	}
	var out, talk strings.Builder
	args := []string{"-quick", "-rounds", "1", "-peers", "jobs", "-only", "one-off,shell,fire", "-o", "json"}
	if err := takeTurns(context.Background(), args, &out, &talk); err != nil {
		t.Fatalf("%v; it said: %s", err, talk.String())
	}
	var res result
	if err := json.Unmarshal([]byte(out.String()), &res); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	if len(res.Records) != 5 {
		t.Fatalf("got %d measurements, want 5: %s", len(res.Records), out.String())
	}
	for _, r := range res.Records {
		want := map[string]string{"one-off": "total", "shell": "ratio", "fire": "of LPUSH"}[r.Experiment]
		if r.Failed != "" || r.Values[want] <= 0 {
			t.Errorf("%s, %s: got %v, %q", r.Experiment, r.Row, r.Values, r.Failed)
		}
	}
}

func TestAPeerThatFailsIsToldOf(t *testing.T) {
	t.Parallel()
	_, err := startRemote(t.Context(), candidate{peer: "jobs"}, "127.0.0.1:1", "")
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("got %v, want what could not be reached", err)
	}
}

func TestWrongWordsAreRefused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-rounds", "0"}, {"-o", "xml"}, {"-only", "nothing"}, {"-peers", "cron"}, {"extra"}} {
		if err := takeTurns(t.Context(), args, &strings.Builder{}, &strings.Builder{}); err == nil {
			t.Errorf("%q was taken", args)
		}
	}
}
