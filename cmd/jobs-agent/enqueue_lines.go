package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
)

// enqueueLines queues a run a line. All lines are read and checked first, so that a
// bad one leaves nothing half done.
func (g *globals) enqueueLines(cmd *cobra.Command, args []string, flags *enqueueFlags) error {
	if err := takes(1, 1)(cmd, args); err != nil {
		return err
	}
	like, err := flags.oneOff(cmd, args[0], "")
	if err != nil {
		return err
	}
	from, err := input(cmd, flags.lines)
	if err != nil {
		return err
	}
	list, err := readLines(from, like)
	if err := errors.Join(err, from.Close()); err != nil {
		return fmt.Errorf("read %s: %w; nothing was queued", flags.lines, err)
	}
	return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
		bar := newBar(cmd, "enqueue")
		s := submitted{ids: make([]string, 0, len(list))}
		var failed error
		for done := 0; done < len(list) && failed == nil; done += batch {
			var part []board.Enqueued
			part, failed = b.Submit(ctx, list[done:min(done+batch, len(list))])
			s.add(part)
			bar.to(len(s.ids), len(list))
		}
		bar.end()
		if failed != nil {
			return fmt.Errorf("%w; %d of %d runs are queued", failed, len(s.ids), len(list))
		}
		return g.giveSubmitted(cmd, &s)
	})(cmd, args)
}

func readLines(from io.Reader, like board.OneOff) ([]board.OneOff, error) {
	var list []board.OneOff
	r := bufio.NewReader(from)
	for {
		line, err := r.ReadString('\n')
		if line != "" {
			one := like
			one.Payload = strings.TrimSuffix(line, "\n")
			if err := jobs.ValidatePayload(one.Payload); err != nil {
				return nil, fmt.Errorf("line %d: %w", len(list)+1, err)
			}
			list = append(list, one)
		}
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// enqueueObjects queues a run a JSON object, as they are read. At a line that is wrong
// it stops: those in front of it are queued, and it tells how many that were.
func (g *globals) enqueueObjects(cmd *cobra.Command, args []string, flags *enqueueFlags) error {
	if err := takes(0, 1)(cmd, args); err != nil {
		return err
	}
	like, err := flags.oneOff(cmd, strings.Join(args, ""), "")
	if err != nil {
		return err
	}
	from, err := input(cmd, flags.jsonl)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }()
	return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
		o := objects{lines: bufio.NewScanner(from), objects: board.Lines{Like: like}}
		o.lines.Buffer(make([]byte, 0, 64<<10), 8<<20)
		bar, s := newBar(cmd, "enqueue"), submitted{ids: []string{}}
		var failed error
		for more := true; more && failed == nil; {
			var list []board.OneOff
			list, more, failed = o.next(batch)
			part, err := b.Submit(ctx, list)
			s.add(part)
			if err != nil {
				failed = fmt.Errorf("lines %d to %d: %w", o.first, o.number, err)
			}
			bar.to(len(s.ids), -1)
		}
		bar.end()
		if failed != nil {
			return fmt.Errorf("%s: %w; %s", flags.jsonl, failed, &s)
		}
		return g.giveSubmitted(cmd, &s)
	})(cmd, args)
}

// objects reads one-offs, by so many.
type objects struct {
	lines         *bufio.Scanner
	objects       board.Lines
	first, number int // of the lines read last
}

// next answers those of the next n lines, or in front of one that is wrong, and whether
// more may come. Empty lines are passed over.
func (o *objects) next(n int) (list []board.OneOff, more bool, err error) {
	o.first = o.number + 1
	for len(list) < n {
		if !o.lines.Scan() {
			if err = o.lines.Err(); errors.Is(err, bufio.ErrTooLong) {
				err = errTooLong
			}
			if err != nil {
				err = fmt.Errorf("line %d: %w", o.number+1, err)
			}
			return list, false, err
		}
		o.number++
		text := strings.TrimSpace(o.lines.Text())
		if text == "" {
			continue
		}
		one, err := o.objects.Parse(text)
		if err != nil {
			return list, false, fmt.Errorf("line %d: %w", o.number, err)
		}
		list = append(list, one)
	}
	return list, true, nil
}
