package test

import (
	"crypto/sha1"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jobs-agent/jobs/scripts"
	"github.com/jobs-agent/jobs/test/lossy"
)

// remembering are the commands that promise: sent again because the reply was lost,
// they give the first answer and change nothing.
const remembering = " jset jsetnx jdel jload jpush jrun jcancel jfire jreap jtake jackmany jack " +
	"jenqueue jbackfill jplan jboot jwhen jstage jcommit japply "

// wire sees all commands and replies that pass the proxy, those too that get lost.
// It counts them, and looks whether a command that came again got its first answer.
type wire struct {
	names map[string]string // SHA -> command

	mu      sync.Mutex
	phase   string
	phases  []string
	counts  map[string]map[lossy.Kind]int // phase -> fate
	came    map[string]int                // command -> replies
	lost    map[string]int                // command -> replies not delivered in time
	again   map[string]int                // command -> times it came again
	all     int
	fired   time.Time                       // when JFIRE was answered last
	idle    time.Duration                   // the longest time between two such answers
	answers map[[sha1.Size]byte]lossy.Value // command and arguments -> first answer that was no error
	wrong   []string
}

func newWire(t *testing.T) *wire {
	t.Helper()
	sources, err := scripts.Sources()
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{
		names: map[string]string{}, came: map[string]int{}, counts: map[string]map[lossy.Kind]int{}, lost: map[string]int{},
		again: map[string]int{}, answers: map[[sha1.Size]byte]lossy.Value{},
	}
	for _, source := range sources {
		w.names[source.SHA] = source.Name
	}
	return w
}

// plant makes the wire know a command by another SHA too.
func (w *wire) plant(name, sha string) { w.names[sha] = name }

// begin names what comes from now on.
func (w *wire) begin(phase string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.phase = phase
	w.phases = append(w.phases, phase)
	w.counts[phase] = map[lossy.Kind]int{}
}

// name is the command that EVALSHA calls, else what Redis calls it.
func (w *wire) name(command []string) string {
	name := strings.ToLower(command[0])
	if name == "evalsha" && len(command) > 1 {
		if name, ok := w.names[command[1]]; ok {
			return name
		}
		return "another script"
	}
	return name
}

func (w *wire) seen(e lossy.Exchange) {
	name := w.name(e.Command)
	promises := strings.Contains(remembering, " "+name+" ") && !e.Reply.Failed()
	var key [sha1.Size]byte
	if promises {
		key = sha1.Sum([]byte(strings.Join(e.Command, "\x00")))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if name == "jfire" {
		now := time.Now()
		if !w.fired.IsZero() {
			w.idle = max(w.idle, now.Sub(w.fired))
		}
		w.fired = now
	}
	if counts := w.counts[w.phase]; counts != nil && !e.Again {
		w.all++
		w.came[name]++
		counts[e.Fate.Kind]++
		if e.Fate.Kind != lossy.Deliver {
			w.lost[name]++
		}
	}
	if !promises {
		return
	}
	first, came := w.answers[key]
	if !came {
		w.answers[key] = e.Reply
		return
	}
	w.again[name]++
	if !sameAnswer(name, first, e.Reply) && len(w.wrong) < 100 {
		w.wrong = append(w.wrong, fmt.Sprintf("%s came again and got another answer, in the phase %q\n    command: %s\n    first:   %s\n    then:    %s",
			name, w.phase, clipped(strings.Join(e.Command[2:], " ")), clipped(first.String()), clipped(e.Reply.String())))
	}
}

// sameAnswer compares two answers to one call. What a take handed out may be gone
// when it is asked again: then its text is empty, and its token without the zeros in front of
// its number, of which only what is held tells.
func sameAnswer(name string, first, then lossy.Value) bool {
	if name != "jtake" || len(first.Items) != len(then.Items) || len(then.Items)%2 != 0 {
		return first.String() == then.String()
	}
	for i := 0; i < len(then.Items); i += 2 {
		token, text := first.Items[i].Text, first.Items[i+1].Text
		if then.Items[i+1].Text == "" {
			token, text = withoutZeros(token), ""
		}
		if then.Items[i].Text != token || then.Items[i+1].Text != text {
			return false
		}
	}
	return true
}

func withoutZeros(token string) string {
	try, rest, _ := strings.Cut(token, ":")
	return try + ":" + strings.TrimLeft(rest, "0")
}

func TestATakeThatComesAgainGivesTheSameAnswer(t *testing.T) {
	t.Parallel()
	reply := func(texts ...string) (v lossy.Value) {
		for _, text := range texts {
			v.Items = append(v.Items, lossy.Value{Text: text})
		}
		return v
	}
	first := reply("1:0024:5:w", "a", "2:25:5:w", "b")
	for _, c := range []struct {
		then lossy.Value
		want bool
	}{
		{first, true},
		{reply("1:24:5:w", "", "2:25:5:w", "b"), true},
		{reply("1:24:5:w", "", "2:25:5:w", ""), true},
		{reply("1:24:5:w", "a", "2:25:5:w", "b"), false},
		{reply("1:240:5:w", "", "2:25:5:w", "b"), false},
		{reply("1:0024:5:w", "a", "2:26:5:w", "b"), false},
		{reply("1:0024:5:w", "a"), false},
	} {
		if got := sameAnswer("jtake", first, c.then); got != c.want {
			t.Errorf("%v: got %v, want %v", c.then, got, c.want)
		}
	}
}

func clipped(text string) string {
	if len(text) > 400 {
		return text[:300] + " ... " + text[len(text)-95:]
	}
	return text
}

func (w *wire) faults() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.wrong)
}

// least is how much must have been lost for a scene to mean anything: commands, lost
// replies, and of each command's replies so many lost and sent again.
type least struct{ commands, lost, each int }

// short tells what is missing to the least.
func (w *wire) short(l least) (missing []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	lost := 0
	for _, n := range w.lost {
		lost += n
	}
	if w.all < l.commands || lost < l.lost {
		missing = append(missing, fmt.Sprintf("%d commands and %d lost replies, want at least %d and %d", w.all, lost, l.commands, l.lost))
	}
	for _, name := range lossyCommands() {
		if w.seldom(name, l) {
			missing = append(missing, fmt.Sprintf("%d lost replies of %s, which came %d times again, want at least %d", w.lost[name], name, w.again[name], l.each))
		}
	}
	return missing
}

// lossyCommands are those whose replies must have been lost.
func lossyCommands() []string {
	return []string{"jset", "jpush", "jrun", "jcancel", "jdel", "jfire", "jreap", "jtake", "jackmany", "jrenew"}
}

// seldom tells whether a command's replies were lost, or sent again, less often than
// they should.
func (w *wire) seldom(name string, l least) bool {
	remembers := strings.Contains(remembering, " "+name+" ")
	return w.lost[name] < l.each || remembers && w.again[name] < l.each
}

// aim resets each third of the replies that were lost too seldom so far, since on a
// loaded machine there are few of some; the others go by another plan.
func (w *wire) aim(l least, others lossy.Plan) lossy.Plan {
	return func(n uint64, command []string) lossy.Fate {
		name := w.name(command)
		w.mu.Lock()
		defer w.mu.Unlock()
		if n%3 == 0 && slices.Contains(lossyCommands(), name) && w.seldom(name, l) {
			return lossy.Fate{Kind: lossy.Reset}
		}
		return others(n, command)
	}
}

// report tells what was lost, and fails when that was too little.
func (w *wire) report(t *testing.T, l least) {
	t.Helper()
	for _, missing := range w.short(l) {
		t.Errorf("got %s for the test to mean anything", missing)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, phase := range w.phases {
		var words []string
		for kind, n := range w.counts[phase] {
			words = append(words, fmt.Sprintf("%d %v", n, kind))
		}
		slices.Sort(words)
		t.Logf("%s: %s", phase, strings.Join(words, ", "))
	}
	var words []string
	for _, name := range slices.Sorted(maps.Keys(w.came)) {
		words = append(words, fmt.Sprintf("%s %d/%d/%d", name, w.came[name], w.lost[name], w.again[name]))
	}
	t.Logf("nothing was fired for %v at most", w.idle.Round(time.Millisecond))
	t.Logf("replies, of these lost or late, and commands that came again: %s", strings.Join(words, ", "))
}
