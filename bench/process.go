package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/jobs-agent/jobs/internal/measure"
)

// patience is how long one order to a peer may take.
const patience = 10 * time.Minute

// order is what a peer's process is asked for, a line of JSON on its standard
// input. It answers each with a line on its standard output.
type order struct {
	Do      string        `json:"do"`
	Store   string        `json:"store,omitempty"`   // host:port of Redis, or the URL of PostgreSQL
	Setting string        `json:"setting,omitempty"` // which of the peer's configurations
	Profile string        `json:"profile,omitempty"` // file for a processor profile
	N       int           `json:"n,omitempty"`
	Every   time.Duration `json:"every,omitempty"`
	Plan    *plan         `json:"plan,omitempty"`
}

type answer struct {
	Error   string         `json:"error,omitempty"`
	Version string         `json:"version,omitempty"`
	Late    measure.Spread `json:"late"`
	Ticked  ticked         `json:"ticked"`
	Ours    time.Duration  `json:"ours,omitempty"`
	Bare    time.Duration  `json:"bare,omitempty"`
}

// remote is a peer in a process of its own, so that its processor time and memory
// are its own. It does what a peer does.
type remote struct {
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	out     *json.Decoder
	talk    tail
	version string
}

func startRemote(ctx context.Context, c candidate, store, profile string) (*remote, error) {
	r := &remote{cmd: c.command()}
	r.cmd.Stderr = &r.talk
	r.cmd.SysProcAttr = dieWithParent()
	stdin, err := r.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	r.stdin, r.out = stdin, json.NewDecoder(stdout)
	opened, err := r.ask(ctx, order{Do: "open", Store: store, Setting: c.setting, Profile: profile})
	if err != nil {
		r.kill()
		return nil, err
	}
	r.version = opened.Version
	return r, nil
}

// ask gives an order and waits for the answer. A peer that does not answer in time
// is killed.
func (r *remote) ask(ctx context.Context, o order) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	end := context.AfterFunc(ctx, func() { _ = r.cmd.Process.Kill() })
	defer end()
	var a answer
	err := json.NewEncoder(r.stdin).Encode(o)
	if err == nil {
		err = r.out.Decode(&a)
	}
	if ctx.Err() != nil {
		return a, fmt.Errorf("%s: no answer: %w", o.Do, ctx.Err())
	}
	if err == nil && a.Error != "" {
		err = errors.New(a.Error)
	}
	if err != nil {
		return a, fmt.Errorf("%s: %w%s", o.Do, err, r.talk.text())
	}
	return a, nil
}

func (r *remote) Enqueue(ctx context.Context, n int) error {
	_, err := r.ask(ctx, order{Do: "enqueue", N: n})
	return err
}

func (r *remote) Work(ctx context.Context, n int) error {
	_, err := r.ask(ctx, order{Do: "work", N: n})
	return err
}

func (r *remote) Trickle(ctx context.Context, n int, every time.Duration) (measure.Spread, error) {
	a, err := r.ask(ctx, order{Do: "trickle", N: n, Every: every})
	return a.Late, err
}

func (r *remote) Register(ctx context.Context, p plan) error {
	_, err := r.ask(ctx, order{Do: "register", Plan: &p})
	return err
}

func (r *remote) Tick(ctx context.Context, p plan) (ticked, error) {
	a, err := r.ask(ctx, order{Do: "tick", Plan: &p})
	return a.Ticked, err
}

func (r *remote) Shell(ctx context.Context, n int) (ours, bare time.Duration, err error) {
	a, err := r.ask(ctx, order{Do: "shell", N: n})
	return a.Ours, a.Bare, err
}

func (r *remote) Fire(ctx context.Context, p plan) (time.Duration, error) {
	a, err := r.ask(ctx, order{Do: "fire", Plan: &p})
	return a.Ours, err
}

// close lets the process end by itself, which it does at the end of its input.
func (r *remote) close() {
	_ = r.stdin.Close()
	slow := time.AfterFunc(5*time.Second, func() { _ = r.cmd.Process.Kill() })
	defer slow.Stop()
	_ = r.cmd.Wait()
}

func (r *remote) kill() {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
}

// tail keeps the end of what a process says on its standard error.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if n := len(t.kept); n > 2000 {
		t.kept = append(t.kept[:0], t.kept[n-2000:]...)
	}
	return len(p), nil
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.kept) == 0 {
		return ""
	}
	return "; it said: " + string(t.kept)
}

// self is the command that makes this program the process of a Go library.
func self(peer string) func() *exec.Cmd {
	return func() *exec.Cmd {
		me, err := os.Executable()
		if err != nil {
			me = os.Args[0]
		}
		return exec.Command(me, "peer", peer)
	}
}
