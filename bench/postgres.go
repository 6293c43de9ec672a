package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// postgres is a PostgreSQL as initdb makes it, with fsync. It is started once, since
// that takes seconds; each measurement gets a fresh database in it.
type postgres struct {
	port int
	dir  string
	who  *syscall.Credential
	bin  string
	cmd  *exec.Cmd
}

func startPostgres(ctx context.Context) (_ *postgres, err error) {
	p := &postgres{}
	if p.bin, err = findPostgres(); err != nil {
		return nil, err
	}
	if p.port, err = freePort(); err != nil {
		return nil, err
	}
	if p.dir, err = os.MkdirTemp("", "jobs-bench-postgres-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(p.dir)
		}
	}()
	if os.Getuid() == 0 {
		if p.who, err = unprivileged(); err != nil {
			return nil, err
		}
		if err := os.Chown(p.dir, int(p.who.Uid), int(p.who.Gid)); err != nil {
			return nil, err
		}
	}
	data := filepath.Join(p.dir, "data")
	initialize := p.command("initdb", "--pgdata", data, "--username", "bench", "--auth", "trust", "--encoding", "UTF8", "--locale", "C")
	if out, err := initialize.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	p.cmd = p.command("postgres", "-D", data, "-p", strconv.Itoa(p.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=")
	var log tail
	p.cmd.Stdout, p.cmd.Stderr = &log, &log
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	err = untilIt(ctx, 30*time.Second, func() bool { return p.do(ctx, "SELECT 1") == nil })
	if err != nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		return nil, fmt.Errorf("start postgres: %w%s", err, log.text())
	}
	return p, nil
}

func (p *postgres) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(p.bin, name), args...)
	cmd.Dir = p.dir
	cmd.SysProcAttr = dieWithParent()
	cmd.SysProcAttr.Credential = p.who
	return cmd
}

// findPostgres answers the folder of initdb and postgres; Debian has them outside
// the PATH.
func findPostgres() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", errors.New("no PostgreSQL here: no initdb in the PATH nor in /usr/lib/postgresql")
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// unprivileged is whom a PostgreSQL that refuses root can run as.
func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
		if errUID == nil && errGID == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("PostgreSQL refuses root, and there is no user postgres or nobody to run it as")
}

func (p *postgres) url(database string) string {
	return fmt.Sprintf("postgres://bench@127.0.0.1:%d/%s?sslmode=disable", p.port, database)
}

func (p *postgres) do(ctx context.Context, statements ...string) error {
	conn, err := pgx.Connect(ctx, p.url("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

func (p *postgres) version(ctx context.Context) string {
	conn, err := pgx.Connect(ctx, p.url("postgres"))
	if err != nil {
		return ""
	}
	defer func() { _ = conn.Close(ctx) }()
	return conn.PgConn().ParameterStatus("server_version")
}

// fresh makes the one database anew. The checkpoint writes what earlier
// measurements left, so that this one does not.
func (p *postgres) fresh(ctx context.Context) (store, error) {
	err := p.do(ctx, "DROP DATABASE IF EXISTS bench WITH (FORCE)", "CREATE DATABASE bench", "CHECKPOINT")
	return &database{p}, err
}

func (p *postgres) close() {
	_ = p.cmd.Process.Signal(syscall.SIGQUIT) // at once, and its children with it
	_ = p.cmd.Wait()
	_ = os.RemoveAll(p.dir)
}

// database is the store that River gets.
type database struct{ p *postgres }

func (d *database) address() string { return d.p.url("bench") }

func (d *database) cpu(context.Context) (time.Duration, error) { return familyCPU(d.p.cmd.Process.Pid) }

func (d *database) memory(ctx context.Context) (int64, error) {
	conn, err := pgx.Connect(ctx, d.address())
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close(ctx) }()
	var bytes int64
	err = conn.QueryRow(ctx, "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class WHERE relname LIKE 'river%' AND relkind = 'r'").Scan(&bytes)
	return bytes, err
}

func (d *database) statistics(context.Context) string { return "" }

func (d *database) close() {}
