package test

import (
	"fmt"
	"strings"
	"testing"
)

// scene is a named sequence of steps on an empty board.
type scene struct {
	name  string
	steps []step
}

// step is one call or look at the board, with what must come of it.
type step func(t *testing.T, c *contractClient)

// anError stands in a table for any error reply.
type anError struct{}

// play runs each scene on both stores, on an empty database, and looks after
// each that no key was made outside the board.
func play(t *testing.T, scenes []scene) {
	t.Helper()
	onBothStores(t, func(t *testing.T, c *contractClient) {
		for _, scene := range scenes {
			t.Run(scene.name, func(t *testing.T) {
				c.reset(t)
				for i, step := range scene.steps {
					before := t.Failed()
					step(t, c)
					if t.Failed() && !before {
						t.Logf("step %d of %d was the first to fail", i+1, len(scene.steps))
					}
				}
				c.wantOwnKeys(t)
			})
		}
	})
}

// wantReply compares a reply with its exact type; an int in a table is an
// integer reply and nil a nil reply.
func wantReply(t *testing.T, what string, got, want any) {
	t.Helper()
	switch w := want.(type) {
	case int:
		want = int64(w)
	case nil:
		want = noReply{}
	case anError:
		err, failed := got.(error)
		if !failed {
			t.Errorf("%s: got %s, want an error reply", what, shown(got))
			return
		}
		for _, crash := range []string{"attempt to ", "bad argument", "stack traceback"} {
			if strings.Contains(err.Error(), crash) {
				t.Errorf("%s: the script crashed instead of refusing: %v", what, err)
			}
		}
		return
	}
	if err, failed := got.(error); failed {
		t.Errorf("%s: got error %q, want %s", what, err, shown(want))
		return
	}
	if fmt.Sprintf("%T %v", got, got) != fmt.Sprintf("%T %v", want, want) {
		t.Errorf("%s: got %s, want %s", what, shown(got), shown(want))
	}
}

func shown(reply any) string {
	switch r := reply.(type) {
	case noReply:
		return "nil"
	case int64:
		return fmt.Sprintf("integer %d", r)
	case string:
		return fmt.Sprintf("text %q", r)
	case error:
		return fmt.Sprintf("error %q", r)
	}
	return fmt.Sprintf("%T %v", reply, reply)
}

// spoken writes a call as one would type it.
func spoken(name string, args ...any) string {
	words := []string{strings.ToUpper(name)}
	for _, arg := range args {
		word := fmt.Sprint(arg)
		if word == "" || strings.ContainsAny(word, " \n\"") {
			word = fmt.Sprintf("%q", word)
		}
		if len(word) > 80 {
			word = word[:80] + "..."
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}
