package scripts

import (
	"context"
	"strings"
	"testing"
)

// TestAGlanceIsNotFooled pushes two entries of one job as they are. The first starts; the
// second does when its job allows overlap.
func TestAGlanceIsNotFooled(t *testing.T) {
	t.Parallel()
	const head, free, bound = `{"run":"a@1000000.N","queued":1.000,`, 2, 1
	once := `{"run":"a#0123456789ab00000000NN","seq":N,"queued":1.000,`
	tests := []struct {
		name, text string
		start      int
	}{
		{"no word of overlap", head + `"id":"a","runner":"shell","payload":"x"}`, free},
		{"overlap is allowed", head + `"id":"a","runner":"shell","overlap":"allow","payload":"x"}`, free},
		{"overlap is forbidden", head + `"id":"a","runner":"shell","overlap":"forbid","payload":"x"}`, bound},
		{"of a one-off too", once + `"id":"a","runner":"shell","overlap":"forbid","payload":"x"}`, bound},
		{"a job of that name", head + `"id":"overlap","runner":"shell","overlap":"forbid","payload":"x"}`, bound},
		{"a job of that name that allows it", head + `"id":"overlap","runner":"shell","payload":"x"}`, free},
		{"with blanks", head + `"id":"a","runner":"shell","overlap" : "forbid","payload":"x"}`, bound},
		{"with an escape", head + `"id":"a","runner":"shell","\u006fverlap":"forbid","payload":"x"}`, bound},
		{"an escape within", head + `"id":"a","runner":"shell","o\u0076erlap":"forbid","payload":"x"}`, bound},
		{"the value with an escape", head + `"id":"a","runner":"shell","overlap":"forbi\u0064","payload":"x"}`, bound},
		{"said twice, the last counts", head + `"id":"a","runner":"shell","overlap":"forbid","overlap":"allow","payload":"x"}`, free},
		{"said twice, the other way", head + `"id":"a","runner":"shell","overlap":"allow","overlap":"forbid","payload":"x"}`, bound},
		{"in an object", head + `"id":"a","runner":"shell","x":{"overlap":"forbid"},"payload":"x"}`, free},
		{"allowed in an object, else forbidden", head + `"id":"a","runner":"shell","x":{"overlap":"allow"},"overlap":"forbid","payload":"x"}`, bound},
		{"in the payload", head + `"id":"a","runner":"shell","payload":"{\"overlap\":\"forbid\"}"}`, free},
		{"in the payload, and forbidden", head + `"id":"a","runner":"shell","overlap":"forbid","payload":"{\"overlap\":\"allow\"}"}`, bound},
		{"a payload that is an object", head + `"id":"a","runner":"shell","payload":{"overlap":"forbid"}}`, free},
		{"another word", head + `"id":"a","runner":"shell","overlap":"forbidden","payload":"x"}`, free},
		{"a name that ends so", head + `"id":"a","runner":"shell","my_overlap":"forbid","payload":"x"}`, free},
		{"not a string", head + `"id":"a","runner":"shell","overlap":["forbid"],"payload":"x"}`, free},
		{"letters behind the sign that are no number", `{"run":"a#zzzzzzzzzzzzzzzzzzzzNN","seq":N,"queued":1.000,"id":"a","runner":"shell","retries":1,"payload":"x"}`, free},
		{"a number in the head of a scheduled run", `{"run":"a@1000000.N","seq":N,"queued":1.000,"id":"a","runner":"shell","overlap":"forbid","payload":"x"}`, bound},
		{"the sign where only a longer text would have it", `{"run":"N","queued":1.000,"id":"a","runner":"shell","payload":"#0123456789"}`, free},
		{"fired, and forbidden", `{"run":"a@1000000.N","alone":1,"queued":1.000,"id":"a","runner":"shell","overlap":"forbid","payload":"x"}`, bound},
		{"fired, and allowed", `{"run":"a@1000000.N","alone":0,"queued":1.000,"id":"a","runner":"shell","payload":"x"}`, free},
		{"fired, and the id with an escape", `{"run":"a\"@1000000.N","alone":1,"queued":1.000,"id":"a\"","runner":"shell","overlap":"forbid","payload":"x"}`, bound},
		{"the id looks fired", `{"run":"@1.2@1000000.N","alone":1,"queued":1.000,"id":"@1.2","runner":"shell","overlap":"forbid","payload":"x"}`, bound},
		{"the payload looks fired", `{"run":"aN","queued":1.000,"id":"a","runner":"shell","payload":"@1.2\",\"alone\":1,\"queued\":1,\""}`, free},
		{"a one-off that looks fired", `{"run":"a#0123456789ab00000000NN","alone":1,"queued":1.000,"id":"a","runner":"shell","payload":"x"}`, bound},
		{"for one agent each", `{"run":"a@1000000.N","queued":1.000,"for_agent":"agentNN","id":"a","runner":"shell","overlap":"forbid","payload":"x"}`, free},
	}
	var scenes []scene
	for _, tt := range tests {
		scenes = append(scenes, scene{tt.name, []step{func(t *testing.T, s *stand) {
			for _, n := range []string{"1", "2"} {
				s.must(t, s.rdb.LPush(context.Background(), "jobs:queue:shell", strings.NewReplacer("NN", "0"+n, "N", n).Replace(tt.text)).Err())
			}
			list, _ := s.take("w", 1, 5, 1000, 4).([]any)
			if len(list) != 2*tt.start {
				t.Fatalf("got %q, want %d runs", list, tt.start)
			}
			// Whatever its head is, it can fail, and a reaper can give it back.
			a := parseEntry(list[0].(string), list[1].(string), headers{})
			if a.Run.Job() == "" {
				t.Errorf("got run %q, want one with the name of its job", a.Run)
			}
			same(t, "JACKMANY", s.lane("jackmany", "w", "w", 2, 1001, a.Token, string(a.Run), story("failed", string(a.Run)), printed("1", "")), "[]")
			watched(1001, 1010)(t, s)
			if strings.Contains(tt.text, "for_agent") {
				return // it went back to the list of its agent
			}
			want := tt.start - 1 + strings.Count(tt.text, "retries")
			if back, _ := s.take("v", 1, 5, 1010, 4).([]any); len(back) != 2*want {
				t.Errorf("got %q after the lane was lost, want what it still held and what is to be retried, %d runs", back, want)
			}
		}}})
	}
	play(t, scenes)
}

// TestAGlanceAtTheLikeOfTheLastIsNotFooled pushes an entry after a plain one whose head
// ends like its own.
func TestAGlanceAtTheLikeOfTheLastIsNotFooled(t *testing.T) {
	t.Parallel()
	const id, seen = "a#0123456789ab00000000", `{"run":"a#0123456789ab0000000001","seq":7,"queued":1.000,"id":"a","runner":"shell","retries":1,"payload":"x"}`
	var scenes []scene
	for _, tt := range []struct {
		name, run, behind string
		plain             bool
	}{
		{"another payload", id + "02", `"payload":"yy"}`, true},
		{"no number behind the sign", "a#zzzzzzzzzzzzzzzzzzzzzz", `"payload":"x"}`, false},
		{"the sign within", "a#b#0123456789abcdef0123", `"payload":"x"}`, false},
		{"less behind the sign", id + "2", `"payload":"x"}`, false},
		{"no number where the likes differ", "a#0123456789ab0000000zzz", `"payload":"x"}`, false},
		{"an escape in the id", `a#0123456789ab\u00300002`, `"payload":"x"}`, false},
		{"overlap behind the payload", id + "02", `"payload":"x","overlap":"forbid"}`, false},
		{"limits behind the payload", id + "02", `"payload":"x","keep_runs":"1"}`, false},
		{"limits in front of it", id + "02", `"keep_runs":"1","payload":"x"}`, false},
		{"a payload with quotes", id + "02", `"payload":"\"overlap\":\"forbid\""}`, false},
		{"a payload that does not end", id + "02", `"payload":"x\"}`, true},
		{"a payload of two", id + "02", `"payload":"x","payload":{"overlap":"forbid"}}`, false},
	} {
		scenes = append(scenes, scene{tt.name, []step{func(t *testing.T, s *stand) {
			text := `{"run":"` + tt.run + `","seq":7,"queued":1.000,"id":"a","runner":"shell","retries":1,` + tt.behind
			s.must(t, s.rdb.LPush(context.Background(), "jobs:queue:shell", seen, text).Err())
			list, _ := s.take("w", 1, 5, 1000, 4).([]any)
			if len(list) != 4 {
				t.Fatalf("got %q, want two runs", list)
			}
			if got := strings.HasPrefix(list[2].(string), "1:0"); got != tt.plain {
				t.Errorf("got the token %s, want that of a plain run: %v", list[2], tt.plain)
			}
			run := string(parseEntry(list[2].(string), list[3].(string), headers{}).Run)
			same(t, "JACKMANY", s.lane("jackmany", "w", "w", 2, 1001, "2 1", list[2], run, story("failed", run), printed("1", "")), "[]")
			watched(1001, 1010)(t, s)
			again, _ := s.take("w", 3, 5, 1010, 4).([]any)
			want := 4 // the first, which was lost, and this one's retry
			if strings.HasSuffix(tt.behind, `x\"}`) {
				want = 2 // nobody can read whether it is to be retried
			}
			if len(again) != want {
				t.Errorf("got %q, want %d runs", again, want/2)
			}
		}}})
	}
	play(t, scenes)
}
