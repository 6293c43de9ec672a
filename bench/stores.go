package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// store is a database that a peer keeps its jobs in. Each measurement gets a fresh
// one.
type store interface {
	// address is what a peer opens.
	address() string
	// cpu is the processor time that it has used so far.
	cpu(ctx context.Context) (time.Duration, error)
	// memory is how many bytes the jobs take.
	memory(ctx context.Context) (int64, error)
	// statistics tells which commands the time went to; empty if it cannot.
	statistics(ctx context.Context) string
	close()
}

// redisServer is a redis-server without persistence, on a port of its own.
type redisServer struct {
	port int
	dir  string
	cmd  *exec.Cmd
	rdb  *redis.Client
}

func findRedis() (string, error) {
	for _, name := range []string{"redis-server", "valkey-server"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no redis-server and no valkey-server in the PATH: install one")
}

func startRedis(ctx context.Context, options ...string) (*redisServer, error) {
	binary, err := findRedis()
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "jobs-bench-redis-")
	if err != nil {
		return nil, err
	}
	s := &redisServer{port: port, dir: dir}
	args := append([]string{
		"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir, "--logfile", filepath.Join(dir, "log"), "--save", "",
	}, options...)
	s.cmd = exec.Command(binary, args...)
	s.cmd.SysProcAttr = dieWithParent()
	if err := s.cmd.Start(); err != nil {
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	s.rdb = redis.NewClient(&redis.Options{Addr: s.address(), Protocol: 2, DisableIdentity: true, ReadTimeout: 30 * time.Second})
	if err := untilIt(ctx, 10*time.Second, func() bool { return s.rdb.Ping(ctx).Err() == nil }); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		s.close()
		return nil, fmt.Errorf("start %s: it does not answer: %w; its log: %s", binary, err, log)
	}
	return s, nil
}

func (s *redisServer) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

func (s *redisServer) cpu(ctx context.Context) (time.Duration, error) {
	text, err := s.rdb.Info(ctx, "cpu").Result()
	if err != nil {
		return 0, err
	}
	var all float64
	for _, name := range []string{"used_cpu_sys", "used_cpu_user"} {
		all += number(text, name)
	}
	return time.Duration(all * float64(time.Second)), nil
}

func (s *redisServer) memory(ctx context.Context) (int64, error) {
	text, err := s.rdb.Info(ctx, "memory").Result()
	return int64(number(text, "used_memory")), err
}

func (s *redisServer) statistics(ctx context.Context) string {
	text, err := s.rdb.Info(ctx, "cpu", "commandstats", "memory").Result()
	if err != nil {
		return err.Error()
	}
	return text
}

func (s *redisServer) version(ctx context.Context) string {
	text, err := s.rdb.Info(ctx, "server").Result()
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(text, "redis_version:")
	version, _, _ := strings.Cut(rest, "\r\n")
	return version
}

func (s *redisServer) close() {
	_ = s.rdb.Close()
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	_ = os.RemoveAll(s.dir)
}

// number reads one figure of Redis' INFO.
func number(info, name string) float64 {
	_, rest, _ := strings.Cut(info, "\n"+name+":")
	text, _, _ := strings.Cut(rest, "\r\n")
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return n
}

// freePort answers a port that nobody listens on at present.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// untilIt waits until a condition holds.
func untilIt(ctx context.Context, limit time.Duration, holds func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
		}
	}
	return nil
}
