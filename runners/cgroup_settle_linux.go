package runners

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// settling is held while this process moves: two supervisors may be started at once.
var settling sync.Mutex

// settle makes a group one that hands controllers on to the groups of runs: whoever is
// in it, this process and what it has started, moves to a leaf of its own.
func settle(dir string, controllers []string, mayMove func() func(pid int) bool) error {
	settling.Lock()
	defer settling.Unlock()
	clearDead(dir)
	if !isRootGroup(dir) {
		if err := moveOut(dir, mayMove); err != nil {
			return fmt.Errorf("limits: leave the cgroup %s to its runs: %w", dir, err)
		}
	}
	on, err := os.ReadFile(filepath.Join(dir, groupHandsOn))
	if err != nil {
		return fmt.Errorf("limits: %w", err)
	}
	for _, name := range controllers {
		if slices.Contains(strings.Fields(string(on)), name) {
			continue
		}
		if err := writeGroup(dir, groupHandsOn, "+"+name); err != nil {
			return fmt.Errorf("limits: hand the controller %s on to runs: %w", name, errors.Join(err, strangers(dir, mayMove())))
		}
	}
	return nil
}

// moveOut comes again while it finds somebody: who was just being started is in the
// group of his parent.
func moveOut(dir string, mayMove func() func(pid int) bool) error {
	leaf := filepath.Join(dir, selfGroup)
	if err := os.Mkdir(leaf, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	for range 20 {
		ours := mayMove()
		pids, err := processesIn(dir)
		if err != nil {
			return err
		}
		pids = slices.DeleteFunc(pids, func(pid int) bool { return !ours(pid) })
		if len(pids) == 0 {
			break
		}
		for _, pid := range pids {
			if err := writeGroup(leaf, groupProcs, strconv.Itoa(pid)); err != nil && !errors.Is(err, syscall.ESRCH) {
				return err
			}
		}
	}
	return nil
}

// clearDead removes the empty groups of supervisors that are gone, which were killed together with
// their agent.
func clearDead(dir string) {
	groups, _ := filepath.Glob(filepath.Join(dir, runGroup+"*"))
	for _, group := range groups {
		owner, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(group), runGroup), "-")
		pid, err := strconv.Atoi(owner)
		if err == nil && errors.Is(unix.Kill(pid, 0), syscall.ESRCH) {
			_ = unix.Rmdir(group) // one with processes stays
		}
	}
}

// writeGroup writes to a file that the kernel made.
func writeGroup(dir, file, text string) error {
	f, err := os.OpenFile(filepath.Join(dir, file), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
