package scripts

import (
	"strings"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
)

// was looks which metadata job a had before, newest first: until when, and the field
// "v" of it, or - where no text is kept.
func was(want ...string) step {
	return func(t *testing.T, s *stand) {
		t.Helper()
		lines, err := s.rdb.LRange(t.Context(), s.k.Was("a"), 0, -1).Result()
		s.must(t, err)
		got := []string{}
		for _, line := range lines {
			w := ParseWas(line)
			_, v, _ := strings.Cut(w.Text, `"v":`)
			v, _, _ = strings.Cut(v, ",")
			if w.Text == "" {
				v = "-"
			}
			got = append(got, num(float64(w.Until.UnixMilli())/1000)+" "+v)
		}
		if strings.Join(got, ", ") != strings.Join(want, ", ") {
			t.Errorf("before: got %q, want %q", got, want)
		}
	}
}

func TestWhatAJobWasBeforeIsKept(t *testing.T) {
	t.Parallel()
	key, v := For("jobs")
	if v != nil {
		t.Fatal(v)
	}
	const day = 86400
	del := func(want string, op int) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			same(t, "JDEL", s.call("jdel", []string{"jobs", "jobs:schedule", s.k.Op("jdel")}, "a", op), want)
		}
	}
	begins := func(now, start float64) step {
		return func(t *testing.T, s *stand) {
			t.Helper()
			same(t, "JSET", s.call("jset", []string{"jobs", "jobs:schedule", "jobs:runners"}, num(now), "a", "shell", "p", "60", num(start), "", "", "", `{"v":1}`), "1")
		}
	}
	text := func(v string) string {
		return `{"id":"a","start":100,"runner":"shell","interval":60,"v":` + v + `,"payload":"p"}`
	}
	many := func(n int, pad string) step {
		return func(t *testing.T, s *stand) {
			for i := range n {
				put(float64(1000+i), "a", 60, `{"v":`+num(float64(i))+`,"w":"`+pad+`"}`)(t, s)
			}
		}
	}
	long := strings.Repeat("x", 70_000)
	play(t, []scene{
		{"a new job was nothing before", []step{put(1000, "a", 60, `{"v":1}`), is("0", "EXISTS", key.Was("a"))}},
		{"a change keeps what it was, for 400 days", []step{
			put(1000, "a", 60, `{"v":1}`), put(1010, "a", 60, `{"v":2}`), was("1010 1"), put(1020, "a", 60, `{"v":3}`), was("1020 2", "1010 1"), lasts(400*day, key.Was("a")),
		}},
		{"the same text, and another start that was not asked for, are no change", []step{
			put(1000, "a", 60, `{"v":1}`), put(1000, "a", 60, `{"v":1}`), put(1010, "a", 60, `{"v":1}`), was(),
		}},
		{"a start that was asked for is a change", []step{put(1000, "a", 60, `{"v":1}`), begins(1010, 5000), was("1010 1"), begins(1020, 5000), was("1010 1")}},
		{"JSETNX of an id that is taken changes nothing", []step{
			put(1000, "a", 60, `{"v":1}`), func(t *testing.T, s *stand) {
				same(t, "JSETNX", s.call("jsetnx", []string{"jobs", "jobs:schedule", "jobs:runners"}, 1010, "a", "mail", "p"), "0")
			}, was(),
		}},
		{"firing is no change", []step{put(1000, "a", 60, `{"v":1}`), fired("1 1060 0", 1, 1000), fired("1 1120 0", 2, 1060), was()}},
		{"a job that is deleted and put again", []step{
			put(1000, "a", 60, `{"v":1}`), fired("1 1060 0", 1, 1000), del("1", 1), lasts(30*day, key.Was("a")), func(t *testing.T, s *stand) {
				if w := ParseWas(s.rdb.LIndex(t.Context(), s.k.Was("a"), 0).Val()); time.Since(w.Until).Abs() > time.Minute || !strings.Contains(w.Text, `"v":1`) {
					t.Errorf("got %+v, want the first metadata until now", w)
				}
			}, del("1", 1), is("1", "LLEN", key.Was("a")), del("0", 2), is("1", "LLEN", key.Was("a")), put(2000, "a", 60, `{"v":2}`), is("1", "LLEN", key.Was("a")), lasts(400*day, key.Was("a")),
		}},
		{"JDEL with the board alone, as in 2014", []step{
			put(1000, "a", 60, `{"v":1}`), func(t *testing.T, s *stand) { same(t, "JDEL", s.call("jdel", []string{"jobs"}, "a"), "1") }, is("1", "LLEN", key.Was("a")),
		}},
		{"a job that ends by itself", []step{put(1000, "a", 0, `{"v":1}`), fired("1  0", 1, 1000), is("0", "EXISTS", "jobs"), was("1000 1"), lasts(30*day, key.Was("a"))}},
		{"a job whose pause ends behind its stop", []step{
			put(1000, "a", 60, ""), does("HSET", "jobs", "a", `{"id":"a","start":1000,"runner":"shell","interval":60,"stop":"1100","v":1,"payload":"x"}`),
			paused("1", 1, 1001, "job:a", "1200"), fired("0  0", 1, 1201), is("0", "HEXISTS", "jobs", "a"), was("1201 1"),
		}},
		{"a long one that ends by itself is not kept", []step{put(1000, "a", 0, `{"v":1,"w":"`+long[:5000]+`"}`), fired("1  0", 1, 1000), was("1000 -")}},
		{"the last 20 are kept, and where they begin", []step{
			many(21, ""), was("1020 19", "1019 18", "1018 17", "1017 16", "1016 15", "1015 14", "1014 13", "1013 12", "1012 11", "1011 10", "1010 9", "1009 8", "1008 7", "1007 6", "1006 5", "1005 4", "1004 3", "1003 2", "1002 1", "1001 0"),
			many(22, ""), is("21", "LLEN", key.Was("a")), func(t *testing.T, s *stand) {
				if last := s.rdb.LIndex(t.Context(), s.k.Was("a"), -1).Val(); ParseWas(last).Text != "" || last == "" {
					t.Errorf("the last line: got %q, want one without a text", last)
				}
			},
		}},
		{"of long ones fewer", []step{many(9, long[:20_000]), was("1008 7", "1007 6", "1006 5", "1005 -")}},
		{"of too long ones that they were", []step{many(3, long), was("1002 -", "1001 -")}},
		{"a load of other texts", []step{
			hands(1000, "a", text("1")), hands(1010, "a", text("1")), was(), hands(1020, "a", text("2")), was("1020 1"), lasts(400*day, key.Was("a")),
		}},
		{"an apply changes it, and takes it off", []step{
			hands(1000, "a", made("a", `"v":1,`)), staged("2", 1, "s", 1, "=a\n"+made("a", `"v":2,`), "=b\n"+made("b", "")), committed("1", 2, "s", "f", 0, 2), applied("[2 0]", 3, 1010, "s", 100), was("1010 1"),
			applied("[2 0]", 3, 1010, "s", 100), was("1010 1"), is("0", "EXISTS", key.Was("b")),
			staged("1", 4, "t", 1, "-a"), committed("2", 5, "t", "f", 1, 1), applied("[1 0]", 6, 1020, "t", 100), was("1020 2", "1010 1"), lasts(30*day, key.Was("a")),
		}},
		{"a job of which there are runs, but nothing of before, says so when it comes again", []step{
			does("LPUSH", "jobs:runs:a", "x"), does("HSET", "jobs:stats", "queued", 1), put(1000, "a", 60, `{"v":1}`), was("1000 -"), does("DEL", "jobs", key.Was("a")), hands(1010, "a", text("1")), was("1010 -"),
		}},
		{"what somebody else has put in its place stops nothing", []step{
			does("SET", key.Was("a"), "x"), put(1000, "a", 60, `{"v":1}`), put(1010, "a", 60, `{"v":2}`), del("1", 1), is("x", "GET", key.Was("a")), does("DEL", key.Was("a")),
		}},
	})
}

func TestDefinedIsTheMetadataOfAQueueEntry(t *testing.T) {
	t.Parallel()
	const text = `{"id":"a","payload":"{\"flow\":1}"}`
	for entry, want := range map[string]string{
		`{"run":"a@1.2","queued":1.000,` + text[1:]:                                             text,
		`{"run":"a#1","seq":1,"queued":1.000,"replay_of":"a#2","flow":"x",` + text[1:]:          text,
		`{"run":"a#1","queued":1,"upstream":{"b":{"run":"b#1"}},"for_agent":"w, x",` + text[1:]: text,
		`{"run":"a#1","queued":1,"id":"a","flow":"mine"}`:                                       `{"id":"a","flow":"mine"}`,
		`{"run":"a#1","queued":1,"flow":"x"}`:                                                   "",
		`{"run":"a#1","queued":1,bad}`:                                                          "",
		text:                                                                                    "",
		"":                                                                                      "",
	} {
		if got, ok := Defined(entry); got != want || ok != (want != "") {
			t.Errorf("%s:\ngot  %s, %v\nwant %s", entry, got, ok, want)
		}
	}
}

func TestARunIsBeforeAChangeByItsNumberOrElseByItsTime(t *testing.T) {
	t.Parallel()
	w := ParseWas(`1000.500 7 {"id":"a"}`)
	at := func(ms int64) time.Time { return time.UnixMilli(ms) }
	for _, c := range []struct {
		run  jobs.Run
		want bool
	}{
		{jobs.Run{ID: "a@1000000.7", Queued: at(1000500)}, true},
		{jobs.Run{ID: "a@1000000.8", Queued: at(1000500)}, false},
		{jobs.Run{ID: "a.b@-1.7", Queued: at(2000000)}, true}, // by a ticker whose clock is ahead
		{jobs.Run{ID: "a#01", Queued: at(1000499)}, true},
		{jobs.Run{ID: "a#01", Queued: at(1000500)}, false},
	} {
		if got := w.Before(c.run); got != c.want {
			t.Errorf("%s, queued at %v: got %v, want %v", c.run.ID, c.run.Queued.UnixMilli(), got, c.want)
		}
	}
}
