package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/redistest"
)

// invoke is the program in this process: it answers the exit code and what was
// written.
func invoke(ctx context.Context, env func(string) string, stdin string, args ...string) (code int, stdout, stderr string) {
	var out, talk bytes.Buffer
	root := newRoot(env)
	root.SetArgs(args)
	root.SetIn(strings.NewReader(stdin))
	root.SetOut(&out)
	root.SetErr(&talk)
	code = report(&talk, root.ExecuteContext(ctx))
	return code, out.String(), talk.String()
}

func noEnvironment(string) string { return "" }

// put is a put with further flags, separated by blanks.
func put(flags string) []string { return append([]string{"put", "x", "shell", "y"}, words(flags)...) }

// words splits at blanks; two quotes are an empty word.
func words(text string) []string {
	list := strings.Fields(text)
	for i := range list {
		list[i] = strings.ReplaceAll(list[i], "''", "")
	}
	return list
}

// TestEverythingWrongOnceIsRefused says what is wrong and writes nothing.
func TestEverythingWrongOnceIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args  []string
		stdin string
		want  string // in what is said
	}{
		{args: words("frobnicate"), want: `there is no verb "frobnicate"`},
		{args: words("lsit"), want: "did you mean list or init?"},
		{args: put("--bogus"), want: "unknown flag: --bogus\nSee jobs-agent put --help.\n"},
		{args: put("-o xml"), want: `--output "xml": allowed are table, wide, json, yaml, name`},
		{args: put("-P 1"), want: "--redis names the Redis already"},
		{args: put("-P many"), want: "many"},
		{args: put("--board ''"), want: "--board is empty"},
		{args: put("--board a:b"), want: "without colon"},
		{args: put("--config nowhere.yaml"), want: "no such file"},

		{args: words("put"), want: "the id of the job is missing"},
		{args: words("put x"), want: "a runner type and a payload are missing"},
		{args: words("put x shell"), want: "the payload for shell is missing"},
		{args: words("put x shell y z"), want: `too many arguments, the first is "z"`},
		{args: words("put x --"), want: "behind -- a command"},
		{args: words("put x --every 5s -S -- date"), want: "behind -- a command"},
		{args: []string{"put", "", "shell", "y"}, want: "the job id is empty"},
		{args: []string{"put", "a\tb", "shell", "y"}, want: "control character"},
		{args: []string{"put", "\xff", "shell", "y"}, want: "not UTF-8"},
		{args: []string{"put", strings.Repeat("0", 513), "shell", "y"}, want: "513 bytes"},
		{args: []string{"put", "x", "", "y"}, want: "runner type"},
		{args: []string{"put", "x", "a b", "y"}, want: "runner type"},
		{args: words("put x shell -"), stdin: strings.Repeat("a", 1<<20+1), want: "the payload has 1048577 bytes"},
		{args: words("put x shell -"), stdin: "a\x00b", want: "NUL"},
		{args: words("put x shell -"), stdin: "\xff", want: "not UTF-8"},
		{args: words("put x shell @nowhere"), want: "no such file"},
		{args: []string{"put", "x", "--", "a", "\xff"}, want: "not UTF-8"},

		{args: put("--every 0"), want: "the interval is 0"},
		{args: put("-s 0"), want: "the interval is 0"},
		{args: put("--every -5s"), want: "negative"},
		{args: put("--every soon"), want: "soon"},
		{args: put("--every 5x"), want: `no unit "x"`},
		{args: put("--every ''"), want: "empty"},
		{args: put("--every 1000000d"), want: "longer than"},
		{args: put("--every 0.0001s"), want: "under a millisecond"},
		{args: put("--every 5s -m 1"), want: "--every is the whole interval"},
		{args: put("-s nan"), want: "not a number"},
		{args: put("-s inf"), want: "not a number"},
		{args: put("-s -1"), want: "not a number"},
		{args: put("-y 1e300"), want: "longer than"},
		{args: put("--start yesterday"), want: "yesterday"},
		{args: put("--stop nan"), want: "nan"},
		{args: put("--start 10 --stop 5 -s 1"), want: "before start"},
		{args: put("--start 10 --from 5"), want: "--from is --start"},
		{args: put("--stop 10 --until 5"), want: "--until is --stop"},
		{args: put("--duration 0"), want: "more than 0"},
		{args: put("--repeat 0 -s 1"), want: "--repeat 0"},
		{args: put("--repeat -1 -s 1"), want: "--repeat -1"},
		{args: put("--repeat 2"), want: "repeat needs an interval"},
		{args: put("--lambda 0 -s 1"), want: "above 0"},
		{args: put("--lambda nan -s 1"), want: "not a number"},
		{args: put("--lambda 2"), want: "need an interval"},
		{args: put("--step 0 -s 1"), want: "more than 0"},

		{args: put("--timeout -1"), want: "negative"},
		{args: put("--retries -1"), want: "retries -1"},
		{args: put("--retries 1001"), want: "retries 1001"},
		{args: put("--retries many"), want: "many"},
		{args: put("--backoff wild"), want: "exponential, linear, fixed"},
		{args: put("--backoff ''"), want: "--backoff is empty"},
		{args: put("--backoff-factor 0.5"), want: "backoff_factor"},
		{args: put("--backoff-jitter 2"), want: "backoff_jitter"},
		{args: put("--retry-on x"), want: "retry-on"},
		{args: put("--overlap never"), want: `overlap "never": allowed are forbid, allow`},
		{args: put("--overlap ''"), want: "--overlap is empty"},
		{args: put("--misfire never"), want: "run-once, skip, run-all"},
		{args: put("--on-lost never"), want: "requeue, fail"},
		{args: put("--cut-off never"), want: "keep, stop"},

		{args: words("show"), want: "an argument is missing"},
		{args: words("show x -f xml"), want: "json or yaml"},
		{args: words("list extra"), want: "too many arguments"},
		{args: words("next x -n 0"), want: "-n 0"},
		{args: words("runs --state sleeping"), want: "the states are"},
		{args: words("runs -n 0"), want: "--limit 0"},
		{args: words("logs"), want: "an argument is missing"},
		{args: words("logs x -n -1"), want: "-n -1"},
		{args: words("run"), want: "an argument is missing"},
		{args: words("cancel"), want: "an argument is missing"},
		{args: words("dump -o table"), want: "json or yaml"},
		{args: words("load"), want: "an argument is missing"},
		{args: words("load nowhere.json"), want: "no such file"},
		{args: words("load ."), want: "is a folder"},
		{args: words("load -"), stdin: "{}", want: `no object "jobs"`},
		{args: words("register x"), want: "an argument is missing"},
		{args: []string{"register", "a b", "x"}, want: "runner type"},
		{args: words("enqueue mail"), want: "an argument is missing"},
		{args: words("enqueue mail a b"), want: "too many arguments"},
		{args: words("enqueue mail a --retries -1"), want: "retries -1"},
		{args: words("enqueue mail --lines nowhere.txt"), want: "no such file"},
		{args: words("enqueue mail --lines -"), stdin: "good\nb\x00d\n", want: "line 2: invalid argument: the payload has a NUL byte"},
		{args: words("pop"), want: "an argument is missing"},
		{args: words("trim"), want: "an argument is missing"},
		{args: words("trim many"), want: "not a number of entries"},
		{args: words("trim -- -1"), want: "not a number of entries"},
		{args: words("respond mail"), want: "an argument is missing"},
		{args: words("respond mail cat --concurrency 0"), want: "--concurrency 0"},
		{args: []string{"respond", "a b", "cat"}, want: "runner type"},
		{args: words("tick -t few"), want: "few"},
		{args: words("agent extra"), want: "too many arguments"},
		{args: words("agent --concurrency 0"), want: "concurrency 0"},
		{args: words("agent --lease 1ms"), want: "lease 1ms"},
		{args: words("agent --http nowhere"), want: "HOST:PORT"},
		{args: words("agent --runner nonsense"), want: "no such type here"},
		{args: words("agent --runner nonsense="), want: "the command is empty"},
		{args: words("agent --label x"), want: "must be formatted as key=value"},
		{args: words("agent --gossip-key-file nowhere"), want: "no such file"},
		{args: words("agent --log-level loud"), want: "loud"},
		{args: words("agent --log-format xml"), want: "auto, console, json"},
		{args: words("agent --log-sink output.log"), want: "write file:PATH, stdout or cloudwatch:GROUP"},
		{args: words("config --log-sink cloudwatch:g?stream=day"), want: "stream=day: allowed are host, job"},
		{args: words("dev nowhere.json"), want: "no such file"},
		{args: words("dev --data d"), want: "the Redis is named already (flag)"},
		{args: words("dev --memory"), want: "the Redis is named already (flag)"},
		{args: words("version extra"), want: "too many arguments"},
	}
	redis := redistest.Start(t)
	for _, tt := range tests {
		args := append([]string{"--redis", redis.URL()}, tt.args...)
		code, stdout, stderr := invoke(t.Context(), noEnvironment, tt.stdin, args...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, tt.want) {
			t.Errorf("%q: got exit %d, %q and %q, want exit 2 and %q", tt.args, code, stdout, stderr, tt.want)
		}
	}
	keys, err := redis.Client().Keys(t.Context(), "*").Result()
	if err != nil || len(keys) != 0 {
		t.Errorf("keys written: got %v, %v, want none", keys, err)
	}
}

func TestEveryVerbHasAGroupAnExampleAndAText(t *testing.T) {
	t.Parallel()
	for _, verb := range verbs(&globals{}) {
		if verb.GroupID == "" || !strings.Contains(verb.Example, "jobs-agent "+verb.Name()) && verb.Name() != "create" || verb.Short == "" {
			t.Errorf("verb %s: got group %q, example %q, text %q", verb.Name(), verb.GroupID, verb.Example, verb.Short)
		}
	}
}

func TestAFullDiskIsNoSuccess(t *testing.T) {
	t.Parallel()
	url := redistest.Start(t).URL()
	b, err := board.Open(t.Context(), url, "")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, args := range []string{"list -o json", "count", "dump", "version", "init"} {
		root := newRoot(noEnvironment)
		root.SetArgs(append([]string{"--redis", url}, words(args)...))
		root.SetOut(full{})
		root.SetErr(&bytes.Buffer{})
		if got := report(&bytes.Buffer{}, root.ExecuteContext(t.Context())); got != exitFailed {
			t.Errorf("%s: got exit %d, want %d", args, got, exitFailed)
		}
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, context.DeadlineExceeded }
