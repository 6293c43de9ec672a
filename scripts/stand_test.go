package scripts

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// stand is a board on a store of its own. It calls commands as any client would:
// by name, with explicit keys, arguments and time. Runs are named shortly, without
// the number that makes their ids unique: "a@1000000", "shell#".
type stand struct {
	runs int // calls of run in jackmany_test.go, each an op of its own
	rdb  *redis.Client
	c    *Commands
	k    Keys
	ids  map[string]string // short name -> run id, of what was taken last
	keys map[string]string // short name -> its newest token
}

func newStand(t *testing.T, rdb *redis.Client) *stand {
	t.Helper()
	c, err := New(rdb, "jobs")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Install(context.Background()); err != nil {
		t.Fatal(err)
	}
	return &stand{rdb: rdb, c: c, k: c.keys, ids: map[string]string{}, keys: map[string]string{}}
}

// reset empties the database, so that the scenes of a table share one server.
func (s *stand) reset(t *testing.T) {
	t.Helper()
	if err := s.rdb.FlushDB(context.Background()).Err(); err != nil {
		t.Fatal(err)
	}
	s.ids, s.keys = map[string]string{}, map[string]string{}
}

// call answers int64, string or []any as Redis replied, nil, or an error.
func (s *stand) call(name string, keys []string, args ...any) any {
	reply, err := s.rdb.EvalSha(context.Background(), s.c.shas[name], keys, args...).Result()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	if err != nil {
		return err
	}
	return reply
}

// op is a call of a command that remembers its last operation by a caller's key.
func (s *stand) op(name string, args ...any) any {
	return s.call(name, s.c.prefixed(s.k.Op(name)), args...)
}

// lane is a call of a command on what a lane holds.
func (s *stand) lane(name, lane string, args ...any) any {
	return s.call(name, s.c.prefixed(s.k.Held(lane)), args...)
}

// fire calls JFIRE for the given runner types.
func (s *stand) fire(op, now, limit any, term string, types ...string) any {
	keys := s.c.prefixed(s.k.Op("jfire"))
	for _, runner := range types {
		keys = append(keys, s.k.Queue(runner), s.k.Bell(runner))
	}
	return s.call("jfire", keys, op, now, limit, term)
}

// take calls JTAKE for the given runner types and sources, shell if there are none.
func (s *stand) take(lane string, op, n, now, lease any, types ...string) any {
	if len(types) == 0 {
		types = []string{"shell"}
	}
	keys := s.c.prefixed(s.k.Held(lane))
	for _, source := range types {
		list, bell := s.k.source(source)
		keys = append(keys, list, bell)
	}
	return s.call("jtake", keys, lane, op, n, now, lease)
}

// scene is a named sequence of steps on an empty board.
type scene struct {
	name  string
	steps []step
}

// step is one call or look at the board, with what must come of it.
type step func(t *testing.T, s *stand)

// play runs each scene on both stores and looks after each that every key stands
// in the key table, with its type.
func play(t *testing.T, scenes []scene) {
	t.Helper()
	redistest.Both(t, func(t *testing.T, rdb *redis.Client) {
		s := newStand(t, rdb)
		for _, scene := range scenes {
			t.Run(scene.name, func(t *testing.T) {
				s.reset(t)
				for i, step := range scene.steps {
					step(t, s)
					if t.Failed() {
						t.Fatalf("at step %d of %d", i+1, len(scene.steps))
					}
				}
				s.wantKnownKeys(t)
			})
		}
	})
}

// wantKnownKeys fails on a key that the key table does not name, or of another type.
func (s *stand) wantKnownKeys(t *testing.T) {
	t.Helper()
	for key, value := range s.dump(t) {
		row, known := s.k.Known(key)
		if is, _, _ := strings.Cut(value, " "); !known || row.Type != is || row.Later {
			t.Errorf("key %s of type %s: not so in the key table (%+v)", key, is, row)
		}
	}
}

// short names a run without the number behind its nominal time, and without the
// random tail of one that got its id at the take.
func short(run string) string {
	at := strings.LastIndexAny(run, "@#")
	if at < 0 {
		return run
	}
	if run[at] == '@' {
		if dot := strings.LastIndexByte(run, '.'); dot > at {
			return run[:dot]
		}
	}
	if len(run)-at > 20 {
		return run[:at+1]
	}
	return run
}

// describe tells of an entry its run and, of its head, all that is not usual.
func describe(text string) string {
	a := parseEntry("", text, headers{})
	words := []string{short(string(a.Run))}
	for _, name := range []string{"try", "lost", "missed", "force", "catchup", "due"} {
		head, _, _ := strings.Cut(text, `"queued":`)
		if _, value, found := strings.Cut(head, `,"`+name+`":`); found {
			value, _, _ = strings.Cut(value, ",")
			words = append(words, name+":"+value)
		}
	}
	if a.Refuse != "" {
		words = append(words, "refused")
	}
	return strings.Join(words, " ")
}

// same compares what was got, written by fmt, with what is wanted; a wanted error
// is the code it begins with, and then nothing may have crashed.
func same(t *testing.T, what string, got any, want string) {
	t.Helper()
	text := fmt.Sprint(got)
	if err, failed := got.(error); failed {
		text, _, _ = strings.Cut(err.Error(), " ")
		if strings.Contains(err.Error(), "user_script") || strings.Contains(err.Error(), "stack traceback") {
			t.Errorf("%s: the script crashed: %v", what, err)
		}
	}
	if text != want {
		t.Errorf("%s: got %v, want %s", what, got, want)
	}
}

func redisZ(score float64, member string) redis.Z { return redis.Z{Score: score, Member: member} }

func num(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
