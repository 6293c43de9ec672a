package board_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jobs-agent/jobs/board"
)

// worries answers the findings of a check that are not ok.
func worries(t *testing.T, b *board.Board) map[string]board.Level {
	t.Helper()
	found := map[string]board.Level{}
	for _, f := range must[[]board.Finding](t)(b.Check(t.Context())) {
		if f.Check == "" || f.Found == "" || (f.Why == "") != (f.Level == board.OK) || (f.Fix == "") != (f.Level == board.OK) {
			t.Errorf("got %+v, want what was looked at and found and, unless it is ok, why it matters and what to do", f)
		}
		if f.Level != board.OK && f.Check != "persistence" { // both stores are in memory
			found[f.Check] = f.Level
		}
	}
	return found
}

func TestCheckFindsWhatWouldCostRuns(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		if err := b.Install(ctx); err != nil {
			t.Fatal(err)
		}
		if found := worries(t, b); len(found) != 0 {
			t.Errorf("a sound board: got %v", found)
		}
		raw(b).HDel(ctx, "commands", "jset")
		raw(b).Set(ctx, "jobs:format", 99, 0)
		raw(b).HSet(ctx, "jobs:quarantine", "a", "why")
		raw(b).HSet(ctx, "jobs:runners", "r", "x")
		raw(b).LPush(ctx, "jobs:queue:r", `{"runner":"r"}`)
		raw(b).HSet(ctx, "jobs:stats", "succeeded", 1)
		want := map[string]board.Level{
			"commands": board.Warning, "format": board.Problem, "quarantine": board.Warning, "agents": board.Warning, "conservation": board.Warning,
		}
		if diff := cmp.Diff(want, worries(t, b)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		raw(b).Del(ctx, "jobs:quarantine")
		raw(b).Set(ctx, "jobs:quarantine", "x", 0)
		if found := worries(t, b); found["keys"] != board.Problem {
			t.Errorf("a key of the wrong type: got %v, want a problem with keys", found)
		}
	})
}

// What `doctor -o json` prints is read by programs, some of which know the older names.
func TestAFindingIsWrittenByItsOldNamesAsWell(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		finding board.Finding
		want    string
	}{
		{board.Finding{Check: "role", Level: board.OK, Found: "master"}, `{"check":"role","level":"ok","found":"master","name":"role","status":"ok","detail":"master"}`},
		{
			board.Finding{Check: "memory", Level: board.Warning, Found: "92 %", Why: "it is full soon", Fix: "more", Values: map[string]int64{"fill_percent": 92}},
			`{"check":"memory","level":"warn","found":"92 %","why":"it is full soon","fix":"more","values":{"fill_percent":92},"name":"memory","status":"warning","detail":"92 %: it is full soon"}`,
		},
		{
			board.Finding{Check: "eviction", Level: board.Problem, Found: "lru", Why: "bad", Fix: "no"},
			`{"check":"eviction","level":"fail","found":"lru","why":"bad","fix":"no","name":"eviction","status":"problem","detail":"lru: bad"}`,
		},
	} {
		text, err := json.Marshal(tt.finding)
		if err != nil || string(text) != tt.want {
			t.Errorf("got  %s, %v\nwant %s", text, err, tt.want)
		}
	}
}
