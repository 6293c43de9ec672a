package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs/internal/measure"
)

const (
	// pipeline is how many commands of the raw floor are under way on a connection.
	pipeline = 64
	// lines is on how many connections at once, as redis-benchmark does it by default.
	lines = 50
)

// lpushFloor is how many LPUSH of 100 bytes a second the Redis does, pipelined by
// 64: what there is to divide. Nothing may run beside it.
func (s *redisServer) lpushFloor(ctx context.Context) (float64, error) {
	defer s.rdb.Del(ctx, "floor")
	one := command("LPUSH", "floor", filler)
	return s.raw(500_000, func(int) string { return one })
}

// loadFloor is how many jobs a second could be put by HSET and ZADD of the same
// bytes, pipelined.
func (s *redisServer) loadFloor(ctx context.Context, n int, text func(i int) string) (float64, error) {
	defer s.rdb.Del(ctx, "floor:jobs", "floor:schedule")
	rate, err := s.raw(2*n, func(i int) string {
		id := jobID(i / 2)
		if i%2 == 0 {
			return command("HSET", "floor:jobs", id, text(i/2))
		}
		return command("ZADD", "floor:schedule", "4000000000", id)
	})
	return rate / 2, err
}

func command(words ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, word := range words {
		b.WriteString("$" + strconv.Itoa(len(word)) + "\r\n" + word + "\r\n")
	}
	return b.String()
}

// raw sends n commands whose answers are one line each and answers their rate. All
// is composed before the clock starts.
func (s *redisServer) raw(n int, text func(i int) string) (float64, error) {
	batches := make([][]string, lines)
	for i := 0; i < n; i += pipeline {
		var batch strings.Builder
		for j := i; j < i+pipeline; j++ {
			batch.WriteString(text(j))
		}
		at := i / pipeline % lines
		batches[at] = append(batches[at], batch.String())
	}
	var all sync.WaitGroup
	errs := make(chan error, lines)
	start := time.Now()
	for _, own := range batches {
		all.Go(func() { errs <- s.send(own) })
	}
	all.Wait()
	took := time.Since(start)
	for range lines {
		if err := <-errs; err != nil {
			return 0, fmt.Errorf("measure the raw floor: %w", err)
		}
	}
	return float64((n+pipeline-1)/pipeline*pipeline) / took.Seconds(), nil
}

func (s *redisServer) send(batches []string) error {
	conn, err := net.Dial("tcp", s.address())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	for _, batch := range batches {
		if _, err := conn.Write([]byte(batch)); err != nil {
			return err
		}
		for range pipeline {
			line, err := in.ReadSlice('\n')
			if err != nil {
				return err
			}
			if line[0] != ':' {
				return fmt.Errorf("redis answered %q", line)
			}
		}
	}
	return nil
}

// pingPong pushes n entries to a list, one each so often, and tells how long each
// took to the client that waits for it with BLPOP. The first beat is at from.
func pingPong(ctx context.Context, address string, n int, from time.Time, every time.Duration) (measure.Spread, error) {
	rdb := redis.NewClient(&redis.Options{Addr: address, Protocol: 2, DisableIdentity: true, ReadTimeout: -1})
	defer func() { _ = rdb.Close() }()
	start := time.Now()
	var took measure.Histogram
	failed := make(chan error, 1)
	go func() {
		for range n {
			got, err := rdb.BLPop(ctx, 10*time.Second, "floor:pong").Result()
			if err != nil {
				failed <- err
				return
			}
			sent, _ := strconv.ParseInt(got[1], 10, 64)
			took.Add(time.Since(start) - time.Duration(sent))
		}
		failed <- nil
	}()
	<-time.After(time.Until(from) - every)
	beat := time.NewTicker(every)
	defer beat.Stop()
	for range n {
		<-beat.C
		if err := rdb.LPush(ctx, "floor:pong", time.Since(start).Nanoseconds()).Err(); err != nil {
			return measure.Spread{}, err
		}
	}
	err := <-failed
	return took.Spread(), err
}
