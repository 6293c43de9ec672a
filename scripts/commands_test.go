package scripts

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// sample is one good call of a command on the board that stage makes. Its keys
// are the common prefix and more; touched are keys besides whose type matters.
type sample struct {
	command string
	more    func(k Keys) []string
	args    func(s *stand) []any
	touched string // names behind the board's, separated by blanks; "" is the board
	numbers []int  // arguments that must be numbers
	opaque  []int  // arguments that may be anything, also absent
}

// stage is a board where every command has something to do: a run held by lane w,
// one that waits for its retry, queued ones, cancel marks, output, an election.
func stage(t *testing.T, s *stand) {
	t.Helper()
	for _, step := range []step{
		put(1000, "held", 60, `{"overlap":"forbid","retries":1}`), put(1000, "tried", 60, `{"overlap":"forbid","retries":1,"backoff_delay":5}`), fired("2 1060 0", 1, 1000),
		taken("w", 1, 5, 1000, "held@1000000", "tried@1000000"), acked("w", 1, 1001, "tried@1000000; failed 1"), put(1000, "due", 60, ""), does("SET", "jobs:leader", "v"), watched(1000, 1002),
		pushed("shell", `{"id":"x","runner":"shell"}`), func(t *testing.T, s *stand) { s.op("jcancel", 1, 1001, "somebody") },
		does("HSET", "jobs:progress", "x", "y"), does("HSET", "jobs:agents", "old", `{"seen":1,"a":1}`), does("ZADD", "jobs:outputs", 1002, "x#01"),
		put(1001, "idle", 60, ""), paused("1", 1, 1001, "job:idle", ""), does("ZADD", "jobs:dead", 1001, "due#0d"), does("HSET", "jobs:parked", "due#0d", `{"run":"due#0d","queued":1000.000,"id":"due","runner":"shell","overlap":"forbid","payload":"x"}`),
		staged("1", 1, "one", 1, "+one\n"+`{"id":"one","runner":"mail"}`), staged("1", 2, "two", 1, "+two\n"+`{"id":"two","runner":"mail"}`), committed("1", 1, "two", "g", 0, 1),
	} {
		step(t, s)
	}
}

func samples() []sample {
	const text = `{"id":"mail","runner":"mail"}`
	op := func(more ...string) func(Keys) []string {
		return func(k Keys) []string {
			keys := []string{k.Op("sample")}
			for _, name := range more {
				keys = append(keys, k.board+":"+name)
			}
			return keys
		}
	}
	lane := func(more ...string) func(Keys) []string {
		return func(k Keys) []string {
			keys := op(more...)(k)
			keys[0] = k.Held("w")
			return keys
		}
	}
	one := func(key string) func(Keys) []string { return func(Keys) []string { return []string{key} } }
	fix := func(args ...any) func(*stand) []any { return func(*stand) []any { return args } }
	const end = "board busy retry parked dead history ledger stats outputs progress cancel waiting"
	return []sample{
		{"jfire", op("queue:shell", "bell:shell"), fix("7", 1003, 500, ""), "board schedule seq busy ledger stats quarantine tick paused plan want waiting retry parked cancel delayed queue:shell bell:shell op:sample", []int{1, 2}, []int{0, 3}},
		{"jtake", lane("queue:shell", "bell:shell"), fix("w", "7", 5, 1003, 4), "workers seq busy held:w stats ledger history cancel retry parked outputs paused waiting queue:shell bell:shell high:shell low:shell", []int{2, 3, 4}, []int{0, 1}},
		{"jackmany", lane(), func(s *stand) []any {
			return []any{"w", "7", 1003, s.keys["held@1000000"], s.ids["held@1000000"], story("failed", "x"), "1 "}
		}, end + " held:w", []int{2}, []int{0, 1, 3, 4, 6, 7, 8}},
		{"jack", lane(), func(s *stand) []any {
			return []any{1003, s.ids["held@1000000"], s.keys["held@1000000"], "0", "text"}
		}, end + " held:w workers seq", []int{0, 3}, []int{1, 4}},
		{"joutput", lane(), func(s *stand) []any {
			return []any{s.keys["held@1000000"], s.ids["held@1000000"], 0, "some text", "half"}
		}, "held:w progress live", []int{2}, []int{0, 1, 3, 4}},
		{"jreap", op(), fix("7", 1010, 4, 100, 3), "workers alive seq delayed " + end + " op:sample", []int{1, 2, 3, 4}, []int{0}},
		{"jpush", op("queue:mail", "bell:mail"), fix("7", 1003, "mail#01", text), "queue:mail bell:mail seq stats op:sample", []int{1, 2, 3}, []int{0}},
		{"jpush", op("queue:mail", "bell:mail"), fix("7", 1003, "mail#01*", text[1:3], text[3:]), "queue:mail bell:mail seq stats op:sample", []int{1, 2, 3, 4}, []int{0}},
		{"jenqueue", op("queue:mail", "bell:mail", "runners"), fix("7", 1003, "mail#01", text, "1010", "5", "my id", "my key", "60"), "queue:mail bell:mail runners seq stats delayed parked alive id:mail_my_id unique:mail_my_key op:sample", []int{1, 2, 3, 4, 5, 8}, []int{0, 6, 7}},
		{"jrun", op(), fix("7", 1003, "due", "due#01", "0"), "board seq busy stats paused queue:shell bell:shell op:sample", []int{1, 3}, []int{0, 2, 4}},
		{"jbackfill", op(), fix("7", 1003, "due", "0", "due#01", "1000"), "board seq stats paused ledger queue:shell bell:shell op:sample", []int{1, 5}, []int{0, 2, 3, 4}},
		{"jreplay", op(), fix("7", 1003, "due#0d", "due#0e", "0"), "seq busy stats dead parked queue:shell bell:shell op:sample", []int{1, 3}, []int{0, 2, 4}},
		{"jbury", op(), fix("7", "due#0d"), "dead parked op:sample", nil, []int{0, 1}},
		{"jpause", op(), fix("7", 1003, "job:due", "me", "a reason", "2000"), "board schedule paused op:sample", []int{1, 5}, []int{0, 2, 3, 4}},
		{"jresume", op(), fix("7", 1100, "job:idle", "0"), "board schedule busy ledger paused plan op:sample", []int{1}, []int{0, 2, 3}},
		{"jcancel", op(), func(s *stand) []any { return []any{"7", 1003, s.ids["tried@1000000"]} }, "cancel retry parked delayed busy history stats outputs waiting op:sample", []int{1}, []int{0, 2}},
		{"jstage", op("stage:new"), fix("7", 1003, 1, "+new\n"+text), "stage:new op:sample", []int{1, 2}, []int{0}},
		{"jcommit", op("stage:one", "stages", "boardfiles"), fix("7", 1003, "one", "f", 0, 1), "stage:one stages boardfiles op:sample", []int{1, 4, 5}, []int{0, 2, 3}},
		{"japply", op("stage:two", "stages", "runners"), fix("7", 1003, "two", 10), "board schedule busy quarantine paused plan reboot after runners stage:two stages op:sample", []int{1, 3}, []int{0, 2}},
		{"jload", op("runners"), fix("7", 1003, "1", "new", text), "board schedule quarantine paused plan reboot runners op:sample", []int{1, 4}, []int{0, 2, 3}},
		{"jplan", op(), fix("7", 1003, "0 3 * * *|||||||||", "2026a 1000.000 1060 1120 "), "plan want op:sample", []int{1, 3}, []int{0, 2}},
		{"jboot", op("boots"), fix("7", 1003, "x"), "board seq stats paused reboot ledger boots op:sample", []int{1}, []int{0, 2}},
		{"junserved", one("jobs:unserved"), fix(1003, 1, "shell"), "unserved ledger queue:shell high:shell low:shell", []int{0, 1}, nil},
		{"jwhen", func(Keys) []string { return []string{"jobs:runners"} }, fix(1003, "w", "shell", "p", "due"), "board schedule runners busy quarantine paused plan reboot after", []int{0}, []int{1, 2, 4}},
		{"jlead", one("jobs:leader"), fix(1003, "v", "me"), "tick leader", []int{0}, []int{1, 2}},
		{"jleave", lane(), fix("w"), "workers held:w", nil, []int{0}},
		{"jbeat", one("jobs:format"), fix(1003, "me", `{"a":1}`, 1, 60), "agents paused format", []int{0, 2, 3, 4}, []int{1}},
		{"jrenew", lane(), fix("w", 1003, 4, 1, 1000), "workers held:w cancel", []int{1, 2, 3, 4}, []int{0}},
	}
}

func (s *stand) do(c sample) any {
	return s.call(c.command, s.c.prefixed(c.more(s.k)...), c.args(s)...)
}

// onStage runs f for each sample, on both stores, each time on a new stage.
func onStage(t *testing.T, f func(t *testing.T, s *stand, c sample)) {
	t.Helper()
	redistest.Both(t, func(t *testing.T, rdb *redis.Client) {
		s := newStand(t, rdb)
		for _, c := range samples() {
			t.Run(c.command, func(t *testing.T) {
				s.reset(t)
				stage(t, s)
				f(t, s, c)
			})
		}
	})
}

func TestEveryNewCommandHasASample(t *testing.T) {
	t.Parallel()
	sources, err := Sources()
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, c := range samples() {
		got = append(got, c.command)
	}
	for _, source := range sources {
		if source.Since != "2014" {
			want = append(want, source.Name)
		}
	}
	slices.Sort(got)
	if got = slices.Compact(got); !slices.Equal(got, want) {
		t.Errorf("samples of %v, want some of each of %v", got, want)
	}
}

func TestAReplayGivesTheFirstAnswerAndChangesNothing(t *testing.T) {
	t.Parallel()
	onStage(t, func(t *testing.T, s *stand, c sample) {
		before := s.dump(t)
		first := s.do(c)
		if err, failed := first.(error); failed {
			t.Fatal(err)
		}
		after := s.dump(t)
		if len(differences(before, after)) == 0 && c.command != "jleave" {
			t.Error("the call changes nothing: the sample proves nothing")
		}
		for range 2 {
			again := s.do(c)
			if fmt.Sprint(first) != fmt.Sprint(again) {
				t.Errorf("the same again answers %v, first it was %v", again, first)
			}
			s.wantSame(t, "the same again", after)
		}
	})
}

func TestARefusalIsRemembered(t *testing.T) {
	t.Parallel()
	run := func(op int, want string) step {
		return func(t *testing.T, s *stand) { same(t, "JRUN", s.op("jrun", op, 1000, "a", "a#01", "0"), want) }
	}
	play(t, []scene{{"what was refused is refused again, although a new call would be served", []step{
		run(1, "NOJOB"), put(1000, "a", 60, ""), run(1, "NOJOB"), run(2, "shell"),
	}}})
}

func TestWithoutAnOperationNumberNothingIsRemembered(t *testing.T) {
	t.Parallel()
	play(t, []scene{{"twice is twice", []step{
		put(1000, "a", 60, ""), func(t *testing.T, s *stand) {
			same(t, "JRUN", s.op("jrun", "", 1000, "a", "a#01", "0"), "shell")
			same(t, "JRUN", s.op("jrun", "", 1000, "a", "a#02", "0"), "shell")
		}, queue("shell", "a#01", "a#02"), is("0", "EXISTS", "jobs:op:jrun"),
	}}})
}

// An argument or key too few, a number that is none, a blank in an operation: an
// error reply with a code, and nothing has changed.
func TestAMalformedCallChangesNothing(t *testing.T) {
	t.Parallel()
	onStage(t, func(t *testing.T, s *stand, c sample) {
		before, keys, args := s.dump(t), s.c.prefixed(c.more(s.k)...), c.args(s)
		refused := func(what string, keys []string, args []any) {
			t.Helper()
			err, failed := s.call(c.command, keys, args...).(error)
			if !failed {
				t.Fatalf("%s is accepted", what)
			}
			if code, _, _ := strings.Cut(err.Error(), " "); codes()[code] == nil || strings.Contains(err.Error(), "user_script") {
				t.Errorf("%s: got %q, want a code in front and no crash", what, err)
			}
			s.wantSame(t, what, before)
		}
		for n := range args {
			if n == len(args)-1 && slices.Contains(c.opaque, n) && c.command == "jack" {
				continue // its text may be left out
			}
			refused(fmt.Sprintf("%d arguments", n), keys, args[:n])
		}
		for _, n := range c.numbers {
			for _, bad := range []string{"x", "nan", "inf", "-inf", "0x10", "1,5", " 1", "{"} {
				args := slices.Clone(args)
				args[n] = bad
				if bad != "nan" || !slices.Contains([]string{"jcancel"}, c.command) || n == 1 {
					refused(fmt.Sprintf("argument %d %q", n+1, bad), keys, args)
				}
			}
		}
		if len(args) > 1 && args[0] == "7" || len(args) > 1 && args[1] == "7" {
			args := slices.Clone(args)
			args[slices.Index(args, any("7"))] = "a b"
			refused("an operation with a blank", keys, args)
		}
		if c.command != "jack" {
			refused("a key too few", keys[:len(keys)-1], args)
			refused("the prefix alone", keys[:len(s.k.Prefix())], args)
		}
		refused("no keys", nil, args)
	})
}

// A key that holds something else than the key table says: an error, and nothing
// has changed.
func TestAWrongTypeOfKeyChangesNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	redistest.Both(t, func(t *testing.T, rdb *redis.Client) {
		s := newStand(t, rdb)
		for _, c := range samples() {
			for _, name := range strings.Fields(c.touched) {
				key := strings.ReplaceAll(strings.TrimSuffix("jobs:"+name, ":board"), "_", " ")
				t.Run(c.command+" "+name, func(t *testing.T) {
					s.reset(t)
					stage(t, s)
					row, _ := s.k.Known(key)
					s.must(t, rdb.Del(ctx, key).Err())
					if row.Type == "string" {
						s.must(t, rdb.HSet(ctx, key, "x", "y").Err())
					} else {
						s.must(t, rdb.Set(ctx, key, "x", 0).Err())
					}
					before := s.dump(t)
					same(t, "the call", s.do(c), "WRONGTYPE")
					s.wantSame(t, "the call", before)
				})
			}
		}
	})
}

func TestEveryCommandTouchesKnownKeysOnly(t *testing.T) {
	t.Parallel()
	redistest.Both(t, func(t *testing.T, rdb *redis.Client) {
		s := newStand(t, rdb)
		seen := map[string]bool{}
		for _, c := range samples() {
			stage(t, s)
			s.do(c)
			s.wantKnownKeys(t)
			for key := range s.dump(t) {
				row, _ := s.k.Known(key)
				seen[row.Name] = true
			}
			s.reset(t)
			s.must(t, s.c.Install(context.Background()))
		}
		// What the samples leave out, so that the whole table is seen.
		foreign(1, "bad", "{bad")(t, s)
		put(1000, "a", 60, `{"retries":1,"backoff_delay":0}`)(t, s)
		fired("1 1060 0", 1, 1000)(t, s)
		taken("w", 1, 1, 1000, "a@1000000")(t, s)
		acked("w", 1, 1000, "a@1000000; failed 1")(t, s)
		watched(1000, 1000)(t, s)
		taken("w", 2, 1, 1000, "a@1000000 try:2")(t, s)
		acked("w", 2, 1000, "a@1000000; failed 1")(t, s)
		put(1000, "b", 60, "")(t, s)
		fired("1 1060 0", 2, 1000)(t, s)
		taken("w", 3, 1, 1000, "b@1000000")(t, s)
		put(1000, "q", 60, `{"overlap":"queue"}`)(t, s)
		fired("1 1060 0", 3, 1000)(t, s)
		taken("w", 4, 1, 1000, "q@1000000")(t, s)
		fired("3 1120 0", 4, 1060)(t, s)
		put(1060, "c", 0, `{"cron":"* * * * *","schedules":["@reboot"]}`)(t, s)
		fired("0 1120 2", 5, 1060)(t, s)
		for key := range s.dump(t) { // what waits to be planned does not wait long
			row, _ := s.k.Known(key)
			seen[row.Name] = true
		}
		planned(1060, "* * * * *|||||@reboot||||", "2026a 1059.999 1200 1260 ")(t, s)
		same(t, "JBOOT", s.call("jboot", s.c.prefixed(s.k.Op("boot"), s.k.Boots()), 1, 1060, "x"), "1")
		same(t, "JACKMANY", s.end("w", 3, 1001, "b@1000000", "output"), "[]")
		when(1000, "f", "", "b")(t, s)
		when(1000, "g", "", "b", "a")(t, s)
		same(t, "JRUN", s.op("jrun", 1, 1000, "b", "b#0a", "1"), "shell")
		taken("w", 5, 9, 1000, "a@1060000", "b@1060000", "c@1060000", "b#0a force:1")(t, s)
		acked("w", 4, 1000, "b#0a; succeeded")(t, s)
		put(1000, "h", 60, `{"priority":"high"}`)(t, s)
		put(1000, "d", 60, `{"priority":"low"}`)(t, s)
		fired("2 1060 0", 6, 1000)(t, s)
		does("LPUSH", "jobs:high:shell", "{}")(t, s)
		taken("w", 6, 1, 1001, "h@1000000")(t, s)
		lives(1001, "n1", "shell")(t, s)
		put(1000, "s", 60, `{"hosts":"gpu=true"}`)(t, s)
		put(1000, "d", 60, `{"priority":"high"}`)(t, s)
		put(1000, "e", 60, `{"hosts":"all"}`)(t, s)
		fired("2 1060 0", 7, 1001)(t, s)
		same(t, "JDEL", s.call("jdel", []string{"jobs", "jobs:schedule"}, "s"), "1")
		for key := range s.dump(t) {
			row, _ := s.k.Known(key)
			seen[row.Name] = true
		}
		s.wantKnownKeys(t)
		for _, row := range Table() {
			if seen[row.Name] == row.Later {
				t.Errorf("key %s: written by a command: %v, reserved for later: %v", row.Name, seen[row.Name], row.Later)
			}
		}
		if t.Failed() {
			t.Log(slices.Sorted(maps.Keys(seen)))
		}
	})
}
