package scripts

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// However texts are put together, what was read before changes nothing: not which are
// refused, and not what the others say.
func TestHeadersSayWhatTheWholeTextSays(t *testing.T) {
	t.Parallel()
	pieces := []string{
		`"id":"a"`, `"id":"b\"`, `"id":""`, `"id":"é"`, `,"start":0`, `,"start":12`, `,"start":012`, `,"start":12.5`, `.5`, `,"start":-1`, `,"start":1e3`,
		`,"runner":"shell"`, `,"runner":"http"`, `,"timeout":5`, `,"timeout":"7"`, `,"cut_off":"stop"`, `,"grace":2`,
		`,"payload":"x"`, `,"payload":"x\n"`, `,"payload":"\u0041"`, `,"payload":5`, `,"payload":"`, `,"x":{"a":"b"`, `,"x":["a"`, `]`, `"`, `}`, "\t", ` `, `,`, `\`,
	}
	random := rand.New(rand.NewPCG(1, 2))
	alike, hits, bad := headers{}, 0, 0
	for range 50000 {
		var b strings.Builder
		if random.IntN(8) > 0 { // most are nearly good
			b.WriteString(pieces[random.IntN(2)] + pieces[4+random.IntN(2)])
		}
		for range random.IntN(6) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		b.WriteString([]string{`,"payload":"x"}`, `,"payload":"y"}`, `"}`, `}`}[random.IntN(4)])
		members := b.String()
		text := `{"run":"a@1.1","queued":1,` + members
		_, at := cutHead(text)
		before := len(alike)
		got, gotErr := alike.fields(text, at)
		want, err := parseFields("{" + members)
		if (gotErr == nil) != (err == nil) || err == nil && got != want {
			t.Fatalf("%s:\n got %+v, %v\nwant %+v, %v", members, got, gotErr, want, err)
		}
		if err != nil {
			bad++
		} else if _, _, ok := canonical(members); ok && len(alike) == before {
			hits++
		}
	}
	if hits < 1000 || bad < 1000 {
		t.Errorf("%d texts were known and %d were wrong, too few to tell", hits, bad)
	}
}
