package runners

import (
	"encoding/binary"
	"errors"
	"os/exec"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAnOrderComesThroughTheWire(t *testing.T) {
	t.Parallel()
	want := order{path: "/bin/x", argv: []string{"x", "", "a\xff"}, env: []string{"A=1"}, dir: "/d", mark: "M=1", out: 5, stdin: 6, extra: -1, by: time.Now().Add(time.Minute)}
	b, err := startFrame(7, want)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(b) {
		if _, _, ok, err := cutFrame(b[:n]); ok || err != nil {
			t.Fatalf("%d of %d bytes: got %v, %v, want to wait for more", n, len(b), ok, err)
		}
	}
	f, rest, ok, err := cutFrame(append(b, 1, 2))
	if !ok || err != nil || len(rest) != 2 || f.kind != frameStart || f.id != 7 {
		t.Fatalf("got %+v, %d left, %v, %v", f, len(rest), ok, err)
	}
	got, with, err := f.order()
	if err != nil || with != withStdin {
		t.Fatalf("got %v, %d, want %d", err, with, withStdin)
	}
	if early := want.by.Sub(got.by); early < 0 || early > time.Second {
		t.Errorf("got %v, %v before what was meant", got.by, early)
	}
	want.out, want.stdin, want.by = 0, -1, got.by // files come beside
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(order{})); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func FuzzFrames(f *testing.F) {
	b, _ := startFrame(1, order{path: "p", argv: []string{"a"}, stdin: -1, extra: -1})
	f.Add(b)
	f.Add(appendFrame(nil, frameEnded, 1, 2))
	f.Add(binary.LittleEndian.AppendUint32(nil, maxFrame+1))
	f.Fuzz(func(t *testing.T, b []byte) {
		fr, rest, ok, err := cutFrame(b)
		if err != nil || !ok {
			return
		}
		if len(rest) >= len(b) {
			t.Fatal("a frame without bytes")
		}
		_, _, _ = fr.order()
		_ = fr.number()
	})
}

func TestASupervisorThatCannotGoOnSaysWhy(t *testing.T) {
	t.Parallel()
	l := &link{running: map[uint32]*running{}, ready: make(chan struct{}), dead: make(chan struct{}), cmd: exec.Command("false")}
	theirs, err := l.lanes[0].open()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := theirs.Write(sorryFrame(errors.New("limits: files 100: operation not permitted"))); err != nil {
		t.Fatal(err)
	}
	_ = theirs.Close()
	l.read()
	<-l.dead
	if got, want := l.cause.Error(), "the supervisor process died: limits: files 100: operation not permitted"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
