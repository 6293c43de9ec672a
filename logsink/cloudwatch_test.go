package logsink

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func TestCloudWatchGetsTheLinesOfRunsAndTheLogInOneStreamAHost(t *testing.T) {
	f := newFakeLogs(t)
	s := onFake(t, f, "cloudwatch:/jobs/test")
	s.Named("one")
	w := s.attempt("dump")
	s.print(w, "first\n\x1b[31mred\x1b[0m \"quoted\" \xff\nno end")
	w.Close()
	zap.New(s.Core(zapcore.InfoLevel)).Info("agent is ready", zap.String("board", "jobs"))
	s.delivered(4)
	want := []string{"first", "\x1b[31mred\x1b[0m \"quoted\" \ufffd", "no end", `{"level":"info","msg":"agent is ready","board":"jobs"}`}
	if got := f.texts(t, "/jobs/test", "db1"); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
	want1 := `{"host":"db1","agent":"one","job":"dump","run":"dump@1000.1","attempt":1,"text":"first"}`
	if got := f.groups["/jobs/test"]["db1"][0].Message; got != want1 {
		t.Errorf("got the message %s, want %s", got, want1)
	}
}

func TestCloudWatchHasAStreamAJobWhateverJobsAreCalled(t *testing.T) {
	f := newFakeLogs(t)
	s := onFake(t, f, "cloudwatch:jobs?stream=job")
	long := strings.Repeat("é:", 256)
	for _, job := range []string{"dump", "a:b", "a%3Ab", "a*b", "my job", long} {
		w := s.attempt(job)
		s.print(w, job+"\n")
		w.Close()
	}
	zap.New(s.Core(zapcore.InfoLevel)).Info("ready")
	s.delivered(7)
	for stream, want := range map[string]string{"dump": "dump", "a%3Ab": "a:b", "a%253Ab": "a%3Ab", "a%2Ab": "a*b", "my job": "my job", streamName(long): long} {
		if got := f.texts(t, "jobs", stream); len(got) != 1 || got[0] != want {
			t.Errorf("stream %q: got %q, want %q", stream, got, want)
		}
	}
	if got := f.texts(t, "jobs", "jobs-agent/db1"); len(got) != 1 {
		t.Errorf("got %q in the agent's own stream, want one line", got)
	}
}

func TestCloudWatchSplitsWhatIsTooLongAtCharacters(t *testing.T) {
	f := newFakeLogs(t)
	s := onFake(t, f, "cloudwatch:jobs")
	// Each is escaped as six bytes, each é has two: no cut may fall into them.
	text := strings.Repeat("\x01", 200_000) + strings.Repeat("é", 500_000)
	w := s.attempt("long")
	s.print(w, text)
	w.Close()
	got, err := s.end(20 * time.Second)
	if err != nil || got.Delivered != got.Written {
		t.Errorf("got %+v, %v, want all delivered", got, err)
	}
	texts := f.texts(t, "jobs", "db1")
	if strings.Join(texts, "") != text || len(texts) < 6 {
		t.Errorf("got %d bytes in %d events, want the %d that were printed in at least 6", len(strings.Join(texts, "")), len(texts), len(text))
	}
}

func TestCloudWatchBatchesKeepEachLimit(t *testing.T) {
	f := newFakeLogs(t)
	s := onFake(t, f, "cloudwatch:jobs?buffer=64MB&wait=1m")
	w := s.attempt("many")
	short := ownLines("h", "")
	for range 25_000 { // so short that their number is the limit
		s.sinks[0].put(line{time: time.Now(), from: short, text: "{}"}, 0, time.Minute)
	}
	s.print(w, strings.Repeat(strings.Repeat("y", 1000)+"\n", 5000))    // bytes
	s.print(w, strings.Repeat(strings.Repeat("z", 250_000)+"\n", 20))   // a few long ones
	s.print(w, strings.Repeat(strings.Repeat("\"", 100_000)+"\n", 100)) // escaped
	w.Close()
	// Out of order, days apart, too old and too new.
	from, now := w.(*tee).from, time.Now()
	for _, age := range []time.Duration{0, 26 * time.Hour, 25 * time.Hour, 50 * time.Hour, 13 * 24 * time.Hour, time.Hour, -time.Hour, 15 * 24 * time.Hour, -3 * time.Hour} {
		s.sinks[0].put(line{time: now.Add(-age), from: from, text: "at another time"}, 0, time.Minute)
	}
	got, err := s.end(30 * time.Second)
	if err != nil || got.Written != 25_000+5000+20+100+9 || got.Dropped[dropRefused] != 2 || got.Delivered != got.Written-2 {
		t.Errorf("got %+v, %v, want 30129 lines written, 2 of them refused, the others delivered", got, err)
	}
}

func TestCloudWatchRejectsWhatItsRetentionIsTooShortFor(t *testing.T) {
	f := newFakeLogs(t)
	f.retention = time.Hour
	s := onFake(t, f, "cloudwatch:jobs")
	from := s.attempt("old").(*tee).from
	for i := range 5 {
		s.sinks[0].put(line{time: time.Now().Add(-time.Duration(i) * 29 * time.Minute), from: from, text: "x"}, 0, 0)
	}
	got, err := s.end(10 * time.Second)
	if err != nil || got.Dropped[dropRefused] != 2 || got.Delivered != 3 || len(f.texts(t, "jobs", "db1")) != 3 {
		t.Errorf("got %+v, %v, want 2 lines refused and 3 delivered", got, err)
	}
	if !strings.Contains(s.log.String(), "it refuses lines") {
		t.Errorf("got the log %s, want it to tell of refused lines", s.log)
	}
}

func TestCloudWatchIsTriedAgainWhileItThrottlesFailsAndIsAway(t *testing.T) {
	faults := map[string]*fault{
		"throttling":   {status: 400, code: "ThrottlingException"},
		"a 5xx":        {status: 500, code: "InternalFailure"},
		"503":          {status: 503, code: "ServiceUnavailableException"},
		"no answer":    {hangUp: true},
		"a lost one":   {hangUp: true, after: true},
		"being made":   {status: 400, code: "OperationAbortedException"},
		"a bare error": {status: 502},
	}
	for name, ill := range faults {
		t.Run(name, func(t *testing.T) {
			f := newFakeLogs(t)
			dice := rand.New(rand.NewPCG(1, 2))
			f.fault = func(n int, _ string) *fault {
				if n == 1 || dice.IntN(10) < 4 {
					return ill
				}
				return nil
			}
			s := onFake(t, f, "cloudwatch:jobs")
			w := s.attempt("dump")
			s.print(w, numbered(0, 100, ""))
			w.Close()
			s.delivered(100)
			texts := strings.Join(f.texts(t, "jobs", "db1"), "\n") + "\n"
			if ill.after { // at least once
				texts = texts[max(len(texts)-len(numbered(0, 100, "")), 0):]
			}
			if texts != numbered(0, 100, "") {
				t.Errorf("got %q, want the 100 lines in order", texts)
			}
		})
	}
}

func TestCloudWatchThatLetsNobodyInIsToldOfOnceAndTriedSeldom(t *testing.T) {
	for code, want := range map[string]string{
		"AccessDeniedException":       "allow logs:PutLogEvents",
		"UnrecognizedClientException": "AWS_ACCESS_KEY_ID",
		"ExpiredTokenException":       "whether the clock is right",
	} {
		t.Run(code, func(t *testing.T) {
			f := newFakeLogs(t)
			f.fault = func(int, string) *fault { return &fault{status: 400, code: code} }
			s := onFake(t, f, "cloudwatch:jobs")
			w := s.attempt("dump")
			s.print(w, numbered(0, 10, ""))
			w.Close()
			eventually(t, "a line in the log", func() bool { return s.log.String() != "" })
			got, err := s.end(600 * time.Millisecond)
			if err == nil || got.Dropped[dropClosed] != 10 || !strings.Contains(err.Error(), "10 lines were not delivered") {
				t.Errorf("got %+v, %v, want 10 lines dropped at the end", got, err)
			}
			log := s.log.String()
			if !strings.Contains(log, want) || strings.Count(log, "\n") != 1 {
				t.Errorf("got the log\n%s, want one line with %q", log, want)
			}
			if strings.Contains(log, fakeSecret) {
				t.Error("the secret key stands in the log")
			}
		})
	}
}

func TestCloudWatchWithoutARegionIsRefusedAtTheStart(t *testing.T) {
	f := newFakeLogs(t)
	for name, value := range f.environment() {
		t.Setenv(name, value)
	}
	t.Setenv("AWS_REGION", "")
	spec, _ := Parse("cloudwatch:jobs")
	if _, err := Open(context.Background(), []Spec{spec}, Config{Host: "db1"}); err == nil || !strings.Contains(err.Error(), "set AWS_REGION") {
		t.Errorf("got %v, want what to do", err)
	}
}
