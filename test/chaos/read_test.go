package chaos

import (
	"testing"
	"time"
)

func TestWhatIsReadIsWhatWasWritten(t *testing.T) {
	t.Parallel()
	programs, err := ReadPrograms("began all@1.2 2:7:1500:agent-1.ab.0 10.25\nfinished all@1.2 2:7:1500:agent-1.ab.0 10.50\n", zero)
	if err != nil || len(programs) != 2 {
		t.Fatalf("programs: got %v, %v, want two facts", programs, err)
	}
	if got, want := programs[1], (Fact{At: a(10.5), Kind: Finished, Run: "all@1.2", Token: "2:7:1500:agent-1.ab.0", Attempt: 2}); got != want {
		t.Errorf("a line of a program: got %+v, want %+v", got, want)
	}
	got, err := ReadHistory(a(3), `{"state":"failed","retry":"1","run":"all@1.2","started":1.5,"attempt":2,"missed":3}`)
	if err != nil || got.Kind != Acked || got.Ends || got.Attempt != 2 || got.Count != 3 || !got.Started.Equal(time.UnixMilli(1500)) || !got.At.Equal(a(3)) {
		t.Errorf("a record of the history: got %+v, %v", got, err)
	}
	got, about, err := ReadLedger(a(4), "all@1.2", `{"outcome":"lost","at":1,"token":"2:7:1500:agent-1.ab.0","by":"agent-1.ab.0"}`)
	if err != nil || !about || got.Kind != Lost || got.Token != "2:7:1500:agent-1.ab.0" || got.Attempt != 2 {
		t.Errorf("a line of the ledger: got %+v, %v, %v", got, about, err)
	}
	if _, about, err := ReadLedger(a(4), "all", `{"outcome":"quarantined"}`); about || err != nil {
		t.Errorf("a line about a job: got %v, %v, want it left out", about, err)
	}
}

func TestWhatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"began all@1.2\n", "began all@1.2 2:7:1500:a.b.0 10.25", "began all@1.2 2:7:1500:a.b.0 x\n"} {
		if facts, err := ReadPrograms(text, zero); err == nil {
			t.Errorf("programs wrote %q: got %v, want an error", text, facts)
		}
	}
	if fact, err := ReadHistory(zero, "{}"); err == nil {
		t.Errorf("history: got %v, want an error", fact)
	}
	if fact, _, err := ReadLedger(zero, "all@1.2", "{"); err == nil {
		t.Errorf("ledger: got %v, want an error", fact)
	}
}
