package runners

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	cpuPeriod = 100_000 // microseconds, the kernel's own choice
	// leaving is how long the end of a run waits for the last processes in its group,
	// which were killed; the group itself gets longer, behind its back.
	leaving = 100 * time.Millisecond
)

// cell is the cgroup of one run, as its supervisor sees it.
type cell struct {
	dir string
	fd  int
}

// newCell makes the group of a run, with its limits. No id comes twice in the life of a
// supervisor process.
func (c creed) newCell(id uint32) (*cell, error) {
	dir := filepath.Join(c.Ground, fmt.Sprintf("%s%d-%d", runGroup, os.Getpid(), id))
	err := os.Mkdir(dir, 0o755)
	if errors.Is(err, os.ErrExist) && unix.Rmdir(dir) == nil {
		err = os.Mkdir(dir, 0o755) // it was of another process with this number
	}
	if err != nil {
		return nil, err
	}
	err = c.limit(dir)
	fd := -1
	if err == nil {
		fd, err = unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	}
	if err != nil {
		_ = unix.Rmdir(dir)
		return nil, err
	}
	return &cell{dir, fd}, nil
}

// limit writes the limits of a run into its group.
func (c creed) limit(dir string) error {
	if c.Memory > 0 {
		if err := writeGroup(dir, memoryMax, strconv.FormatInt(c.Memory, 10)); err != nil {
			return err
		}
		// Half a run that goes on is worth less than none.
		if err := writeGroup(dir, memoryOOM, "1"); err != nil {
			return err
		}
		// A kernel that does not count swap lacks it.
		if err := writeGroup(dir, memorySwapMax, "0"); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if c.CPU > 0 {
		return writeGroup(dir, cpuMax, fmt.Sprintf("%.0f %d", c.CPU*cpuPeriod, cpuPeriod))
	}
	return nil
}

// opened is when the program is in it.
func (c *cell) opened() {
	if c != nil {
		_ = unix.Close(c.fd)
	}
}

// kill ends all that is in the group at once, whoever forks meanwhile. Before Linux 5.14
// that is left to the census.
func (c *cell) kill() {
	if c != nil {
		_ = writeGroup(c.dir, groupKill, "1")
	}
}

// starved tells whether the kernel killed processes of the run for its memory.
func (c *cell) starved() bool {
	text, _ := os.ReadFile(filepath.Join(c.dir, memoryEvents))
	for line := range strings.Lines(string(text)) {
		if name, n, _ := strings.Cut(strings.TrimSpace(line), " "); name == "oom_kill" {
			return n != "0"
		}
	}
	return false
}

// remove ends what is still in the group and removes it. It answers false when
// somebody is in it after a while.
func (c *cell) remove(patience time.Duration) bool {
	deadline, pause := time.Now().Add(patience), time.Millisecond
	for {
		err := unix.Rmdir(c.dir) // first, since most runs leave nobody
		switch {
		case err == nil, errors.Is(err, syscall.ENOENT):
			return true
		case !errors.Is(err, syscall.EBUSY) && !errors.Is(err, syscall.EINTR), time.Now().After(deadline):
			return false
		}
		c.kill()
		<-time.After(pause)
		pause = min(2*pause, time.Second)
	}
}

// cellsOf are the groups that a supervisor process has made.
func (c creed) cellsOf(supervisor int) []string {
	if c.Ground == "" {
		return nil
	}
	left, _ := filepath.Glob(filepath.Join(c.Ground, fmt.Sprintf("%s%d-*", runGroup, supervisor)))
	return left
}

// killCells ends what is in the groups that a supervisor process has left.
func (c creed) killCells(supervisor int) {
	for _, dir := range c.cellsOf(supervisor) {
		(&cell{dir: dir}).kill()
	}
}

// removeCells removes the groups, in the time that one may take.
func (c creed) removeCells(supervisor int) {
	c.killCells(supervisor)
	end := time.Now().Add(stuck)
	for _, dir := range c.cellsOf(supervisor) {
		(&cell{dir: dir}).remove(time.Until(end))
	}
}
