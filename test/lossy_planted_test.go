package test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/scripts"
	"github.com/jobs-agent/jobs/test/lossy"
)

// slip is a change of a command, with everything that it includes, that breaks a
// promise.
type slip struct{ name, command, good, bad string }

// plant loads commands with mistakes into Redis beside the good ones, and answers
// what makes callers of the good ones call them.
func plant(t *testing.T, rdb *redis.Client, w *wire, mistakes []slip) func([]string) []string {
	t.Helper()
	sources, err := scripts.Sources()
	if err != nil {
		t.Fatal(err)
	}
	instead := map[string]string{}
	for _, m := range mistakes {
		planted := 0
		for _, source := range sources {
			if source.Name != m.command {
				continue
			}
			if n := strings.Count(source.Text, m.good); n != 1 {
				t.Fatalf("%s has %q %d times, want once: plant the mistake anew", m.command, m.good, n)
			}
			sha, err := rdb.ScriptLoad(t.Context(), strings.Replace(source.Text, m.good, m.bad, 1)).Result()
			if err != nil {
				t.Fatal(err)
			}
			instead[source.SHA] = sha
			w.plant(m.command, sha)
			planted++
		}
		if planted != 1 {
			t.Fatalf("there is no command %s", m.command)
		}
	}
	return func(command []string) []string {
		if len(command) > 1 && strings.EqualFold(command[0], "evalsha") && instead[command[1]] != "" {
			command[1] = instead[command[1]]
		}
		return command
	}
}

// takeWithoutSequence is a take that does not remember what it handed out last: sent
// again because the reply was lost, it hands out other runs, and nobody knows of the
// first.
func takeWithoutSequence() slip {
	return slip{
		"a take without sequence", "jtake",
		"if last and string.match(last, '^%S+') == op then", "if false then",
	}
}

// The proof is proven: with a take without sequence, and nothing else, the scene of
// TestLossyRepliesCostNothing finds fault. What is looked for is the harm, and not only that two answers differ: runs
// of which nobody knows come back when their lane renews (decision 0026), but each of them has cost a lease, and those
// that are to end in a certain attempt end in a later one.
func TestPlantedTakeWithoutSequenceIsCaught(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 10 s")
	}
	t.Parallel()
	v := playedWith(t, takeWithoutSequence(), lossySeed)
	for _, rule := range []string{"a lost reply costs no lease", "a run ends as it should", "a command sent again gives its first answer"} {
		if len(v[rule]) == 0 {
			t.Errorf("%q was not found to be broken", rule)
		}
	}
}

func TestPlantedMistakesInReplaysAreCaught(t *testing.T) {
	if os.Getenv("JOBS_CHAOS") == "" {
		t.Skip("takes a minute: make chaos")
	}
	for _, m := range []slip{
		{"an ack sent again is refused", "jackmany", "if last and string.match(last, '^%S+') == op then", "if false then"},
		{"a push sent again pushes again", "jpush", "if before then return before[1] end", ""},
		{"a put sent again puts again", "jset", "if before then return before[1] end", ""},
		{"a run by hand sent again runs again", "jrun", "if before then return before[1] end", ""},
		{"a fire sent again fires more", "jfire", "if before then return before end", ""},
		{"a reap sent again reaps more", "jreap", "if before then return before end", ""},
	} {
		t.Run(m.name, func(t *testing.T) {
			// Some do harm only when a reply is lost at the wrong moment: search on.
			for seed := range uint64(5) {
				if len(playedWith(t, m, seed)) > 0 {
					return
				}
			}
			t.Error("nothing was found")
		})
	}
}

// playedWith plays a short scene with a mistake and answers what was found.
func playedWith(t *testing.T, m slip, seed uint64) verdicts {
	t.Helper()
	s := newLossyScene(t, seed, m)
	e := s.play([]phase{{m.name, lossy.Each(5, lossy.Fate{Kind: lossy.Reset}), 2 * time.Second}}, least{commands: 500, lost: 100}, 6*time.Second)
	v := judge(e)
	t.Logf("caught:\n%v", v)
	return v
}
