package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"strings"
)

// peer is a library, opened on a store: what the experiments ask of it together.
type peer interface {
	queue
	pacer
	schedule
}

// opener makes a peer ready, in one of its settings.
type opener func(ctx context.Context, store, setting string) (peer, error)

// library is a Go library that this program can be a process of.
type library struct {
	module string
	open   opener
}

func libraries() map[string]library {
	return map[string]library{
		"jobs":  {"github.com/jobs-agent/jobs", openOurs},
		"asynq": {"github.com/hibiken/asynq", openAsynq},
		"river": {"github.com/riverqueue/river", openRiver},
	}
}

// servePeer is the process of one library: it obeys orders until its input ends.
func servePeer(name string) int {
	lib, ok := libraries()[name]
	if !ok {
		fmt.Fprintln(os.Stderr, "there is no peer", name)
		return 2
	}
	s := &served{lib: lib}
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var o order
		err := in.Decode(&o)
		if errors.Is(err, io.EOF) {
			s.endProfile()
			return 0
		}
		if err == nil {
			var a answer
			if a, err = s.obey(context.Background(), o); err != nil {
				a.Error = err.Error()
			}
			err = out.Encode(a)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
}

type served struct {
	lib     library
	peer    peer
	profile *os.File
}

func (s *served) obey(ctx context.Context, o order) (a answer, err error) {
	switch o.Do {
	case "open":
		if err := s.beginProfile(o.Profile); err != nil {
			return a, err
		}
		s.peer, err = s.lib.open(ctx, o.Store, o.Setting)
		a.Version = version(s.lib.module)
	case "enqueue":
		err = s.peer.Enqueue(ctx, o.N)
	case "work":
		err = s.peer.Work(ctx, o.N)
	case "trickle":
		a.Late, err = s.peer.Trickle(ctx, o.N, o.Every)
	case "register":
		err = s.peer.Register(ctx, *o.Plan)
	case "tick":
		a.Ticked, err = s.peer.Tick(ctx, *o.Plan)
	case "shell":
		runs, ok := s.peer.(shells)
		if !ok {
			return a, errors.New("it runs no programs")
		}
		a.Ours, a.Bare, err = runs.Shell(ctx, o.N)
	case "fire":
		ticks, ok := s.peer.(fires)
		if !ok {
			return a, errors.New("it has no ticker that can be had alone")
		}
		a.Ours, err = ticks.Fire(ctx, *o.Plan)
	default:
		err = fmt.Errorf("there is no order %q", o.Do)
	}
	return a, err
}

func (s *served) beginProfile(file string) (err error) {
	if file == "" {
		return nil
	}
	if s.profile, err = os.Create(file); err != nil {
		return err
	}
	return pprof.StartCPUProfile(s.profile)
}

func (s *served) endProfile() {
	if s.profile != nil {
		pprof.StopCPUProfile()
		_ = s.profile.Close()
	}
}

// version is the version of a module in this binary, without the v.
func version(module string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range info.Deps {
		if m.Path == module && m.Replace == nil {
			return strings.TrimPrefix(m.Version, "v")
		}
	}
	return ""
}
