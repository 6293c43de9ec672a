package logsink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Config is what all sinks of a process have in common.
type Config struct {
	Host   string      // where the lines come from
	Stdout io.Writer   // of the sink stdout
	Log    *zap.Logger // is told of troubles; not one that writes to the sinks; nil: none
}

// Set is all sinks of a process. It takes every line to each of them.
type Set struct {
	host  string
	own   atomic.Pointer[from]
	sinks []*sink
}

// Open opens the sinks. A file that cannot be opened is an error; what is elsewhere may
// be out of reach for a while.
func Open(ctx context.Context, specs []Spec, cfg Config) (*Set, error) {
	if cfg.Log == nil {
		cfg.Log = zap.NewNop()
	}
	set := &Set{host: cfg.Host}
	set.Named("")
	for _, spec := range specs {
		to, p, err := open(ctx, spec, cfg)
		if err != nil {
			closed, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			return nil, errors.Join(fmt.Errorf("open log sink %s: %w", spec, err), set.Close(closed))
		}
		set.sinks = append(set.sinks, newSink(spec, to, p, cfg.Log))
	}
	return set, nil
}

func open(ctx context.Context, spec Spec, cfg Config) (destination, pace, error) {
	switch spec.kind {
	case kindFile:
		f, err := openFile(spec)
		return f, pace{linger: 50 * time.Millisecond, bytes: 256 << 10, chunk: 10_000}, err
	case kindStdout:
		return &stream{out: cfg.Stdout}, pace{linger: 50 * time.Millisecond, bytes: 256 << 10, chunk: 1000}, nil
	default:
		c, err := openCloudWatch(ctx, spec, cfg.Host)
		return c, pace{linger: time.Second, bytes: 1 << 20, chunk: 20_000}, err
	}
}

// Named says under which name the process itself logs.
func (s *Set) Named(agent string) {
	if s != nil {
		s.own.Store(ownLines(s.host, agent))
	}
}

// Close delivers what waits until ctx ends; then the rest is dropped. Whoever opened
// the set closes it, after the last line.
func (s *Set) Close(ctx context.Context) error {
	errs := make([]error, len(s.sinks))
	var closing sync.WaitGroup
	for i, sink := range s.sinks {
		closing.Go(func() { errs[i] = sink.close(ctx) })
	}
	closing.Wait()
	return errors.Join(errs...)
}

// Stats are the figures of each sink. Written is always the sum of the others.
func (s *Set) Stats() []Stats {
	if s == nil {
		return nil
	}
	list := make([]Stats, 0, len(s.sinks))
	for _, sink := range s.sinks {
		list = append(list, sink.stats())
	}
	return list
}

// Core logs to the sinks. Logging never waits for them.
func (s *Set) Core(level zapcore.LevelEnabler) zapcore.Core {
	config := zap.NewProductionEncoderConfig()
	config.TimeKey = "" // each line has one
	config.EncodeDuration = zapcore.StringDurationEncoder
	return &core{LevelEnabler: level, set: s, encoder: zapcore.NewJSONEncoder(config)}
}

type core struct {
	zapcore.LevelEnabler
	set     *Set
	encoder zapcore.Encoder
}

// With implements zapcore.Core.
func (c *core) With(fields []zapcore.Field) zapcore.Core {
	encoder := c.encoder.Clone()
	for _, field := range fields {
		field.AddTo(encoder)
	}
	return &core{c.LevelEnabler, c.set, encoder}
}

// Check implements zapcore.Core.
func (c *core) Check(entry zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(entry.Level) {
		return checked.AddCore(entry, c)
	}
	return checked
}

// Write implements zapcore.Core.
func (c *core) Write(entry zapcore.Entry, fields []zapcore.Field) error {
	buffer, err := c.encoder.EncodeEntry(entry, fields)
	if err != nil {
		return err
	}
	buffer.TrimNewline()
	l := line{time: entry.Time, from: c.set.own.Load(), text: buffer.String()}
	buffer.Free()
	for _, sink := range c.set.sinks {
		sink.put(l, 0, 0)
	}
	return nil
}

// Sync implements zapcore.Core. The sinks deliver by themselves.
func (c *core) Sync() error { return nil }
