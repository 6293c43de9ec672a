package board_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/internal/redistest"
)

func TestRegister(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		steps := []struct {
			name string
			call func() (bool, error)
			want bool
		}{
			{"a new type", func() (bool, error) { return b.Register(ctx, "shell", "one") }, true},
			{"its command again", func() (bool, error) { return b.Register(ctx, "shell", "two") }, false},
			{"unless it is registered", func() (bool, error) { return b.RegisterNew(ctx, "shell") }, false},
			{"a new type unless it is registered", func() (bool, error) { return b.RegisterNew(ctx, "mail") }, true},
		}
		for _, step := range steps {
			if got, err := step.call(); err != nil || got != step.want {
				t.Errorf("%s: got %v, %v, want %v", step.name, got, err, step.want)
			}
		}
		if _, err := b.Register(ctx, "a b", "x"); !errors.Is(err, jobs.ErrInvalid) {
			t.Errorf("a blank in the name: got %v, want ErrInvalid", err)
		}
		want := map[string]string{"shell": "two", "mail": "jobs-mail-runner"}
		if diff := cmp.Diff(want, must[map[string]string](t)(b.Runners(ctx))); diff != "" {
			t.Errorf("registry (-want +got):\n%s", diff)
		}
		if got := must[[]string](t)(b.RunnerTypes(ctx)); !slices.Equal(got, []string{"mail", "shell"}) {
			t.Errorf("types: got %v", got)
		}
	})
}

func TestPopAnswersTheOldestEntry(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		for _, payload := range []string{"first", "second"} {
			must[jobs.RunID](t)(b.Enqueue(t.Context(), board.OneOff{Runner: "shell", Payload: payload}))
		}
		for _, want := range []string{"first", "second"} {
			text, ok, err := b.Pop(t.Context(), "shell")
			job, bad := jobs.ParseJob([]byte(text))
			if err != nil || !ok || bad != nil || job.Payload != want {
				t.Errorf("got %q, %v, %v, want payload %q", text, ok, err, want)
			}
		}
		if text, ok, err := b.Pop(t.Context(), "shell"); ok || err != nil {
			t.Errorf("an empty queue: got %q, %v, %v", text, ok, err)
		}
	})
}

func TestEnqueueKeepsPayloadsToTheByte(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		for _, want := range []string{"", "[]", "9223372036854775808", "é\u2028<>&\\/", "\x01\t\r\n\x7f", `"queued":1,`} {
			must[jobs.RunID](t)(b.Enqueue(t.Context(), board.OneOff{Runner: "r", Payload: want}))
			text, _, err := b.Pop(t.Context(), "r")
			var got struct{ Payload string }
			if err != nil || json.Unmarshal([]byte(text), &got) != nil || got.Payload != want {
				t.Errorf("got %q, %v, want %q", text, err, want)
			}
		}
	})
}

func TestEnqueueManyKeepsTheOrderOfTheList(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		must[bool](t)(b.RegisterNew(t.Context(), "a"))
		must[bool](t)(b.RegisterNew(t.Context(), "b"))
		list := make([]board.OneOff, 2201) // more than two calls of 1,000
		for i := range list {
			list[i] = board.OneOff{Runner: "a", Payload: fmt.Sprint(i)}
		}
		list[600].Runner = "b"
		ids, err := b.EnqueueMany(t.Context(), list)
		if err != nil || len(ids) != len(list) {
			t.Fatalf("got %d ids, %v, want %d", len(ids), err, len(list))
		}
		for i, id := range ids {
			if id.Job() != list[i].Runner {
				t.Fatalf("run %d: got %s, want one of %s", i, id, list[i].Runner)
			}
		}
		want := map[string]int64{"a": 2200, "b": 1}
		if diff := cmp.Diff(want, must[board.Count](t)(b.Count(t.Context())).Queued); diff != "" {
			t.Errorf("queued (-want +got):\n%s", diff)
		}
		for _, want := range []string{"0", "1", "2"} {
			text, _, err := b.Pop(t.Context(), "a")
			if job, bad := jobs.ParseJob([]byte(text)); err != nil || bad != nil || job.Payload != want {
				t.Errorf("got %s, %v, want payload %s", text, err, want)
			}
		}
		if ids, err := b.EnqueueMany(t.Context(), nil); len(ids) != 0 || err != nil {
			t.Errorf("nothing: got %v, %v", ids, err)
		}
	})
}

// What is queued together is numbered by the command, and each run must have the id that its caller was told.
func TestEnqueueManyAnswersTheIDsThatAreQueued(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		payloads := map[string]func(int) string{
			"mail": strconv.Itoa, `a"b`: strconv.Itoa, "a\\b": strconv.Itoa, "a#1": strconv.Itoa,
			"ä@b":  func(i int) string { return strings.Repeat("ä", i%3) + strconv.Itoa(i) },
			"same": func(int) string { return "x" },
			"none": func(int) string { return "" },
		}
		for kind, payload := range payloads {
			sizes := []int{1, 64}
			if kind == "mail" {
				sizes = []int{1, 63, 64, 1001}
			}
			for _, n := range sizes {
				must[bool](t)(b.RegisterNew(t.Context(), kind))
				list := make([]board.OneOff, n)
				for i := range list {
					list[i] = board.OneOff{Runner: kind, Payload: payload(i)}
				}
				ids := must[[]jobs.RunID](t)(b.EnqueueMany(t.Context(), list))
				if len(ids) != n {
					t.Fatalf("%d runs of %s: got %d ids", n, kind, len(ids))
				}
				for i, id := range ids {
					text, _, err := b.Pop(t.Context(), kind)
					var entry struct {
						Run     jobs.RunID
						Payload string
					}
					if err = errors.Join(err, json.Unmarshal([]byte(text), &entry)); err != nil || entry.Run != id || entry.Payload != list[i].Payload || id.Job() != kind {
						t.Fatalf("run %d of %d: got %s, %v, want %s with payload %s", i, n, text, err, id, list[i].Payload)
					}
				}
			}
		}
	})
}

// A call of long payloads would hold up all others.
func TestLongPayloadsGoInCallsOfAMebibyte(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	b := open(t, server.URL())
	must[bool](t)(b.RegisterNew(t.Context(), "a"))
	list := make([]board.OneOff, 25)
	for i := range list {
		list[i] = board.OneOff{Runner: "a", Payload: strings.Repeat("x", 100<<10)}
	}
	evals := func() int {
		stats := server.Client().Info(t.Context(), "commandstats").Val()
		_, stats, _ = strings.Cut(stats, "cmdstat_evalsha:calls=")
		n, _, _ := strings.Cut(stats, ",")
		return must[int](t)(strconv.Atoi(n))
	}
	before := evals()
	must[[]jobs.RunID](t)(b.EnqueueMany(t.Context(), list))
	if got := evals() - before; got != 3 { // 11, 11 and 3
		t.Errorf("2,500 KiB went in %d calls, want 3", got)
	}
}

func TestOneBadRunQueuesNone(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		must[bool](t)(b.RegisterNew(t.Context(), "a"))
		for _, bad := range []board.OneOff{{}, {Runner: "a b"}, {Runner: "a", Payload: "\x00"}, {Runner: "a", Retries: -1}, {Runner: "a", OnLost: "x"}} {
			ids, err := b.EnqueueMany(t.Context(), []board.OneOff{{Runner: "a"}, bad})
			if !errors.Is(err, jobs.ErrInvalid) || len(ids) != 0 {
				t.Errorf("%+v: got %v, %v, want ErrInvalid", bad, ids, err)
			}
		}
		if got := must[board.Count](t)(b.Count(t.Context())).Queued["a"]; got != 0 {
			t.Errorf("got %d queued, want none", got)
		}
	})
}

func TestTrimKeepsTheNewest(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx := t.Context()
		for _, runner := range []string{"a", "b"} {
			must[bool](t)(b.RegisterNew(ctx, runner))
			for i := range 5 {
				must[jobs.RunID](t)(b.Enqueue(ctx, board.OneOff{Runner: runner, Payload: fmt.Sprint(i)}))
			}
		}
		for _, step := range []struct {
			n       int
			runners []string
			want    int64
		}{{9, nil, 0}, {3, []string{"a"}, 2}, {2, nil, 4}, {0, nil, 4}, {0, []string{"unknown"}, 0}} {
			got, err := b.Trim(ctx, step.n, step.runners...)
			if err != nil || got != step.want {
				t.Errorf("to %d of %v: got %d, %v, want %d", step.n, step.runners, got, err, step.want)
			}
			if step.n == 2 {
				if text, _, _ := b.Pop(ctx, "a"); must[jobs.Job](t)(jobs.ParseJob([]byte(text))).Payload != "3" {
					t.Errorf("the oldest that is left: got %s, want payload 3", text)
				}
				must[jobs.RunID](t)(b.Enqueue(ctx, board.OneOff{Runner: "a"}))
			}
		}
		if _, err := b.Trim(ctx, -1); !errors.Is(err, jobs.ErrInvalid) {
			t.Errorf("to -1: got %v, want ErrInvalid", err)
		}
	})
}

func TestListenPopsEntriesAsTheyCome(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, b *board.Board) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		must[jobs.RunID](t)(b.Enqueue(ctx, board.OneOff{Runner: "r", Payload: "0"}))
		got := 0
		full := errors.New("enough")
		err := b.Listen(ctx, "r", func(string) error {
			if got++; got == 3 {
				return full
			}
			_, err := b.Enqueue(ctx, board.OneOff{Runner: "r"})
			return err
		})
		if !errors.Is(err, full) || got != 3 {
			t.Errorf("got %d entries, %v, want 3 and the error of the handler", got, err)
		}
		ended, end := context.WithCancel(ctx)
		end()
		if err := b.Listen(ended, "r", func(string) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	})
}
