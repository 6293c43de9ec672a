package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// candidate is a row of a table: a peer in one of its settings.
type candidate struct {
	name    string
	peer    string
	setting string
	redis   []string // options of its redis-server
}

func (c candidate) command() *exec.Cmd {
	if c.peer == "bullmq" {
		return exec.Command("node", "bullmq.mjs")
	}
	return self(c.peer)()
}

// keepsJobs tells whether the peer's schedule lies in its own process.
func (c candidate) keepsJobs() bool { return c.peer == "asynq" || c.peer == "river" }

// values are what one measurement found, by the keys of the columns.
type values map[string]float64

// experiment is a table: what is measured of each candidate, and how.
type experiment struct {
	name    string
	title   string
	rows    []candidate
	columns []column
	run     func(ctx context.Context, s *stand) (values, error)
}

// record is one measurement.
type record struct {
	Experiment string `json:"experiment"`
	Row        string `json:"row"`
	Round      int    `json:"round"`
	Values     values `json:"values,omitempty"`
	Failed     string `json:"failed,omitempty"`
}

type result struct {
	Setup   map[string]string `json:"setup"`
	Records []record          `json:"records"`
}

// bench has what all measurements share.
type bench struct {
	talk     io.Writer
	peers    []string // none: all
	profiles string
	dir      string // for what is built
	postgres *postgres
	absent   map[string]string // peer -> why it cannot be measured here
	setup    map[string]string
}

// open starts what the peers of the chosen experiments need. Those that cannot be had
// are skipped, and the tables say why.
func open(ctx context.Context, talk io.Writer, chosen []experiment, peers []string, profiles string) (*bench, error) {
	b := &bench{talk: talk, peers: peers, profiles: profiles, absent: map[string]string{}}
	b.setup = map[string]string{"go": strings.TrimPrefix(runtime.Version(), "go"), "processors": fmt.Sprint(runtime.NumCPU())}
	server, err := startRedis(ctx)
	if err != nil {
		return nil, err
	}
	b.setup["redis"] = server.version(ctx)
	server.close()
	if b.dir, err = os.MkdirTemp("", "jobs-bench-"); err != nil {
		return nil, err
	}
	if b.needs(chosen, "bullmq") {
		b.say("installing BullMQ")
		if err := installBullMQ(ctx); err != nil {
			b.absent["bullmq"] = err.Error()
		}
	}
	if b.needs(chosen, "river") {
		b.say("starting PostgreSQL for River")
		if b.postgres, err = startPostgres(ctx); err != nil {
			b.absent["river"] = err.Error()
		} else {
			b.setup["postgresql"] = b.postgres.version(ctx)
		}
	}
	return b, ctx.Err()
}

func (b *bench) close() {
	if b.postgres != nil {
		b.postgres.close()
	}
	_ = os.RemoveAll(b.dir)
}

func (b *bench) wants(peer string) bool { return len(b.peers) == 0 || slices.Contains(b.peers, peer) }

func (b *bench) needs(chosen []experiment, peer string) bool {
	return b.wants(peer) && slices.ContainsFunc(chosen, func(e experiment) bool {
		return slices.ContainsFunc(e.rows, func(c candidate) bool { return c.peer == peer })
	})
}

func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.talk, format+"\n", args...) }

// run takes all candidates of all experiments in turns, round by round.
func (b *bench) run(ctx context.Context, chosen []experiment, rounds int) *result {
	res := &result{Setup: b.setup}
	for round := 1; round <= rounds; round++ {
		for _, e := range chosen {
			for _, c := range e.rows {
				if !b.wants(c.peer) || ctx.Err() != nil {
					continue
				}
				r := record{Experiment: e.name, Row: c.name, Round: round}
				start := time.Now()
				if why, ok := b.absent[c.peer]; ok {
					r.Failed = "not here: " + why
				} else if v, err := b.one(ctx, e, c, round); err != nil {
					r.Failed = err.Error()
				} else {
					r.Values = v
				}
				if text := []rune(strings.Join(strings.Fields(r.Failed), " ")); len(text) > 400 {
					r.Failed = string(text[:400]) + "..."
				} else {
					r.Failed = string(text)
				}
				res.Records = append(res.Records, r)
				b.say("round %d of %d  %-14s %-28s %s  (%.1f s)", round, rounds, e.name, c.name, r.summary(e.columns), time.Since(start).Seconds())
			}
		}
	}
	return res
}

func (r record) summary(columns []column) string {
	if r.Failed != "" {
		return r.Failed
	}
	var parts []string
	for _, c := range columns {
		if v, ok := r.Values[c.key]; ok && len(parts) < 4 {
			parts = append(parts, c.title+" "+c.form(v))
		}
	}
	return strings.Join(parts, ", ")
}

// one measures once, on a fresh store.
func (b *bench) one(ctx context.Context, e experiment, c candidate, round int) (values, error) {
	s := &stand{bench: b, candidate: c, label: fmt.Sprintf("%s.%s.%d", e.name, strings.NewReplacer(" ", "-", ",", "").Replace(c.name), round)}
	defer s.end(ctx)
	if err := s.anew(ctx); err != nil {
		return nil, err
	}
	return e.run(ctx, s)
}

// stand is where one measurement takes place: a fresh store, and the processes of
// the peer on it.
type stand struct {
	*bench
	candidate
	label string
	store store
	peer  *remote
}

// start starts the peer's process, in place of the one before.
func (s *stand) start(ctx context.Context) (*remote, error) {
	if s.peer != nil {
		s.peer.close()
		s.peer = nil
	}
	profile := ""
	if s.profiles != "" && s.candidate.peer != "bullmq" {
		profile = filepath.Join(s.profiles, s.label+".cpu")
	}
	p, err := startRemote(ctx, s.candidate, s.store.address(), profile)
	if err != nil {
		return nil, err
	}
	s.peer = p
	if p.version != "" {
		s.setup[s.candidate.peer] = p.version
	}
	return p, nil
}

// anew gives the stand a fresh store, and no process.
func (s *stand) anew(ctx context.Context) (err error) {
	s.end(ctx)
	if s.candidate.peer == "river" {
		s.store, err = s.postgres.fresh(ctx)
	} else {
		s.store, err = startRedis(ctx, s.redis...)
	}
	return err
}

func (s *stand) end(ctx context.Context) {
	if s.peer != nil {
		s.peer.close()
		s.peer = nil
	}
	if s.store == nil {
		return
	}
	if s.profiles != "" {
		_ = os.WriteFile(filepath.Join(s.profiles, s.label+".store"), []byte(s.store.statistics(ctx)), 0o644)
	}
	s.store.close()
	s.store = nil
}

// used is the processor time of the peer's process and of the store until now.
func (s *stand) used(ctx context.Context) (peer, stored time.Duration, err error) {
	if stored, err = s.store.cpu(ctx); err != nil {
		return 0, 0, err
	}
	peer, err = familyCPU(s.peer.cmd.Process.Pid)
	return peer, stored, err
}
