package boardfile_test

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jobs-agent/jobs/boardfile"
)

func TestMarshalWritesTheFormOfTheJSON(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, json, want string }{
		{"an object keeps its order", `{"id":"hello","start":5.25,"a":null}`, "id: hello\nstart: 5.25\na: null\n"},
		{"big numbers keep their digits", `{"big":12345678901234567890123}`, "big: 12345678901234567890123\n"},
		{"objects and lists nest", `{"l":[1,{"b":"c","d":[2]},[3]],"o":{"p":true}}`, "l:\n  - 1\n  - b: c\n    d:\n      - 2\n  - - 3\no:\n  p: true\n"},
		{"empty ones stay what they are", `{"o":{},"l":[],"s":""}`, "o: {}\nl: []\ns: \"\"\n"},
		{"a list of objects", `[{"a":1,"b":2},{"a":3}]`, "- a: 1\n  b: 2\n- a: 3\n"},
		{"a string alone", `"x"`, "x\n"},
		{"words of YAML are quoted", `{"no":"yes","x":"1e3","payload":"[]"}`, "\"no\": \"yes\"\nx: \"1e3\"\npayload: \"[]\"\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := boardfile.Marshal(json.RawMessage(tt.json))
			if err != nil || string(got) != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestFromJSONRefusesWhatIsNoJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "{", `{"a"}`, `{"a":1} 2`, "nil"} {
		if got, err := boardfile.FromJSON([]byte(text)); err == nil {
			t.Errorf("%q: got %q, want an error", text, got)
		}
	}
}

// nasty are strings that writers of YAML get wrong.
func nasty() []string {
	return []string{
		"", "-1", "null", "~", "yes", "no", "y", "True", "1e3", "0x10", "1_000", "012", ".5", "+1", ".inf", ".nan", "a: b", "a #b",
		" lead", "trail ", "tab\t", "\ttab", "a\tb", "multi\nline\n", "\n", "a\n\n", "a\r\nb", "\r", "? x", "- x", "---", "...", "@at",
		"`bt", "%p", "&a", "*a", "!t", "|", "{a}", "[a", "2001-01-01", "12:30:45", "<<", "=", "é", "日本", "\u2028", "\u0085", "\ufeff",
		"\x7f", "\x01", `back\slash`, `\n`, "a:", "x\n# c\n", "  \n x", "\U0001f600", "\U000e0001",
	}
}

func TestEveryStringComesBack(t *testing.T) {
	t.Parallel()
	for _, want := range nasty() {
		comesBack(t, want)
	}
	rapid.Check(t, func(t *rapid.T) { comesBack(t, rapid.String().Draw(t, "text")) })
}

func comesBack(t interface {
	Helper()
	Errorf(format string, args ...any)
}, want string,
) {
	t.Helper()
	text, err := boardfile.Marshal(map[string]string{"k": want})
	if err != nil {
		t.Errorf("%q: %v", want, err)
		return
	}
	var got map[string]any
	if err := yaml.Unmarshal(text, &got); err != nil || got["k"] != any(want) {
		t.Errorf("%q: got %q from %q, %v", want, got["k"], text, err)
	}
}

func TestNumbersComeBack(t *testing.T) {
	t.Parallel()
	const digits = "9223372036854775808"
	text, err := boardfile.FromJSON([]byte(`{"n":` + digits + `}`))
	if err != nil {
		t.Fatal(err)
	}
	want, _ := new(big.Int).SetString(digits, 10)
	var got struct{ N uint64 }
	if err := yaml.Unmarshal(text, &got); err != nil || new(big.Int).SetUint64(got.N).Cmp(want) != 0 {
		t.Errorf("got %d, %v, want %s", got.N, err, digits)
	}
}

type settings struct {
	Redis   string            `yaml:"redis"`
	Number  *int              `yaml:"number"`
	Lease   string            `yaml:"lease"`
	Runners []string          `yaml:"runners"`
	Labels  map[string]string `yaml:"labels"`
}

func TestUnmarshalReadsAFile(t *testing.T) {
	t.Parallel()
	var got settings
	err := boardfile.Unmarshal([]byte("# a comment\nredis: redis://h\nlease: 4\nrunners: [shell, mail=/usr/bin/m]\nlabels: {gpu: true}\n"), &got)
	want := settings{Redis: "redis://h", Lease: "4", Runners: []string{"shell", "mail=/usr/bin/m"}, Labels: map[string]string{"gpu": "true"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if err := boardfile.Unmarshal(nil, &got); err != nil {
		t.Errorf("an empty file: got %v, want no error", err)
	}
}

func TestUnmarshalSaysWhereAndWhatWasMeant(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"a slip of the finger", "redis: x\nrunner: [shell]\n", `[2:1] unknown field "runner"`},
		{"what was meant", "redis: x\nrunner: [shell]\n", `did you mean "runners"?`},
		{"a key that is like none", "colour: red\n", "known keys are redis, number, lease, runners, labels"},
		{"a word for a number", "number: many\n", "[1:9]"},
		{"a key twice", "redis: a\nredis: b\n", "[2:1]"},
		{"no YAML", "redis: [a\n", "[1:"},
		{"too long", strings.Repeat("#\n", 1<<20), "at most 1048576"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := boardfile.Unmarshal([]byte(tt.text), new(settings))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
