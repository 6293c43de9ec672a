package runners

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/jobs-agent/jobs"
)

func TestOnlyGroupsOfTheDeadAreCleared(t *testing.T) {
	t.Parallel()
	dir := realGround(t)
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	dead := filepath.Join(dir, runGroup+strconv.Itoa(gone.Process.Pid)+"-3")
	alive := filepath.Join(dir, runGroup+strconv.Itoa(os.Getpid())+"-3")
	for _, group := range []string{dead, alive} {
		if err := os.Mkdir(group, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	clearDead(dir)
	if got := groupsIn(t, dir); len(got) != 1 || got[0] != filepath.Base(alive) {
		t.Errorf("left: %q, want the group of the living alone", got)
	}
	if err := unix.Rmdir(alive); err != nil {
		t.Error(err)
	}
}

// TestARealProcessMovesWithItsChild moves a shell, started in the group, and its child.
func TestARealProcessMovesWithItsChild(t *testing.T) {
	t.Parallel()
	dir := realGround(t)
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(fd) }()
	cmd := exec.Command("sh", "-c", "sleep 1000 & echo $!; wait")
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: fd, Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL), cmd.Wait() }()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	child, _ := strconv.Atoi(strings.TrimSpace(line))
	if err := strangers(dir, func(pid int) bool { return pid == child }); err == nil {
		t.Error("the shell is not seen as a stranger in the group")
	}
	if err := settle(dir, nil, ownProcesses); err != nil {
		t.Fatal(err)
	}
	if pids, err := processesIn(dir); len(pids) != 0 || err != nil {
		t.Errorf("in the group: got %v, %v, want nobody", pids, err)
	}
	if pids, err := processesIn(filepath.Join(dir, selfGroup)); len(pids) != 2 || err != nil {
		t.Errorf("in the leaf: got %v, %v, want %d and %d", pids, err, cmd.Process.Pid, child)
	}
}

func TestALimitOfMemoryIsRefusedWhereNoCgroupIsDelegated(t *testing.T) {
	t.Parallel()
	if _, err := thisHost().ground([]string{"memory"}); err == nil {
		t.Skip("here it can be had")
	}
	b := Bounds{Memory: 16 << 20}
	s, started := StartBounded(b)
	if started == nil {
		_ = s.Close()
	}
	for what, err := range map[string]error{"start": started, "check": Check("shell", Config{Bounds: b})} {
		if err == nil || !strings.Contains(err.Error(), "limits: memory: ") || !strings.Contains(err.Error(), "or take the limit out") {
			t.Errorf("%s: got %v, want what is missing and what to do", what, err)
		}
	}
}

// TestMemoryOfARunIsLimited needs a cgroup with controllers that holds this process alone:
//
//	go test -c ./runners && systemd-run --scope -p Delegate=yes ./runners.test -test.v -test.run MemoryOfARunIsLimited
func TestMemoryOfARunIsLimited(t *testing.T) {
	if _, err := thisHost().ground([]string{"memory", "cpu"}); err != nil {
		t.Skip(err)
	}
	b := Bounds{Memory: 16 << 20, CPU: 0.5}
	s, err := StartBounded(b)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	_, r, err := New("shell", Config{Supervisor: s, Bounds: b})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := r.Run(t.Context(), attemptAt("cd "+s.creed.Ground+"/"+runGroup+"* && cat memory.max cpu.max", &out)); err != nil || out.String() != "16777216\n50000 100000\n" {
		t.Errorf("got limits %q, %v", out.String(), err)
	}
	// The second of the pipe keeps what has no line's end.
	err = r.Run(t.Context(), attemptAt("cat /dev/zero | tail -n 1", io.Discard))
	var exit *jobs.ExitError
	if want := "its memory limit of 16MiB was exceeded"; !errors.As(err, &exit) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestTheEndSaysThatMemoryWasExceeded(t *testing.T) {
	t.Parallel()
	l := &link{running: map[uint32]*running{}}
	h := &host{sup: &Supervisor{bounds: Bounds{Memory: 512 << 20}}}
	killed := uint32(syscall.SIGKILL)
	end := func(id uint32, told ...frame) error {
		t.Helper()
		p := &process{ended: make(chan ending, 1)}
		l.running[id] = &running{process: p}
		for _, f := range told {
			l.answer(f)
		}
		return h.result(<-p.ended)
	}
	number := func(kind byte, id, n uint32) frame {
		f, _, _, err := cutFrame(appendFrame(nil, kind, id, n))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	tests := []struct {
		name string
		told []frame
		want string
	}{
		{"killed for its memory", []frame{number(frameStarved, 1, 0), number(frameEnded, 1, killed)}, "its memory limit of 512MiB was exceeded: killed by SIGKILL"},
		{"killed otherwise", []frame{number(frameEnded, 1, killed)}, "killed by SIGKILL"},
		{"of another run", []frame{number(frameStarved, 2, 0), number(frameEnded, 1, killed)}, "killed by SIGKILL"},
	}
	for _, tt := range tests {
		err := end(1, tt.told...)
		var exit *jobs.ExitError
		if !errors.As(err, &exit) || err.Error() != tt.want || exit.Code != 137 {
			t.Errorf("%s: got %v, want %q and exit code 137", tt.name, err, tt.want)
		}
	}
	if err := end(1, number(frameStarved, 1, 0), number(frameEnded, 1, 0)); err != nil {
		t.Errorf("a program that ended well all the same: got %v", err)
	}
}

// BenchmarkCell runs a short program with a group of its own and without in turns.
func BenchmarkCell(b *testing.B) {
	_, within := inGround(b, realGround(b))
	s, err := StartSupervisor()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	_, without, err := New("shell", Config{Supervisor: s})
	if err != nil {
		b.Fatal(err)
	}
	var took [2]time.Duration
	for b.Loop() {
		for i, r := range []jobs.Runner{within, without} {
			start := time.Now()
			if err := r.Run(b.Context(), attemptAt("echo hello", io.Discard)); err != nil {
				b.Fatal(err)
			}
			took[i] += time.Since(start)
		}
	}
	b.ReportMetric(float64(took[0].Microseconds())/float64(b.N), "us/grouped")
	b.ReportMetric(float64(took[1].Microseconds())/float64(b.N), "us/free")
}
