package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of processor times in /proc/PID/stat, the same on all Linux
// systems that Go runs on.
const tick = 10 * time.Millisecond

func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// statOf answers what follows the program's name in /proc/PID/stat: state, parent
// and so on.
func statOf(pid string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return nil, err
	}
	i := bytes.LastIndex(text, []byte(") "))
	fields := strings.Fields(string(text[i+2:]))
	if i < 0 || len(fields) < 15 {
		return nil, fmt.Errorf("process %s: a strange stat: %s", pid, text)
	}
	return fields, nil
}

// family answers a process and all its descendants.
func family(pid int) ([]string, error) {
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	parent := map[string]string{}
	for _, dir := range all {
		if stat, err := statOf(filepath.Base(dir)); err == nil {
			parent[filepath.Base(dir)] = stat[1]
		}
	}
	root := strconv.Itoa(pid)
	kin := []string{root}
	for member := range parent {
		for up := parent[member]; up != ""; up = parent[up] {
			if up == root {
				kin = append(kin, member)
				break
			}
		}
	}
	return kin, nil
}

// familyCPU is the processor time of a process and its descendants, those that have
// ended included if they were waited for.
func familyCPU(pid int) (time.Duration, error) {
	kin, err := family(pid)
	if err != nil {
		return 0, err
	}
	var ticks int64
	for _, member := range kin {
		stat, err := statOf(member)
		if err != nil {
			continue // it has ended, and its parent counts it
		}
		for _, field := range stat[11:15] {
			n, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				return 0, err
			}
			ticks += n
		}
	}
	return time.Duration(ticks) * tick, nil
}

// fineCPU is the same to the nanosecond, without threads that have ended: for
// processes that do next to nothing.
func fineCPU(pid int) (time.Duration, error) {
	kin, err := family(pid)
	if err != nil {
		return 0, err
	}
	var all time.Duration
	for _, member := range kin {
		threads, err := filepath.Glob(filepath.Join("/proc", member, "task", "*", "schedstat"))
		if err != nil {
			return 0, err
		}
		for _, thread := range threads {
			text, err := os.ReadFile(thread)
			if err != nil {
				continue
			}
			first, _, _ := strings.Cut(string(text), " ")
			n, err := strconv.ParseInt(first, 10, 64)
			if err != nil {
				return 0, err
			}
			all += time.Duration(n)
		}
	}
	return all, nil
}

// resident answers how many bytes of memory a process and its descendants have, and
// had at most (each at its own time).
func resident(pid int) (now, peak int64, err error) {
	kin, err := family(pid)
	if err != nil {
		return 0, 0, err
	}
	for _, member := range kin {
		text, err := os.ReadFile(filepath.Join("/proc", member, "status"))
		if err != nil {
			continue
		}
		now += kilobytes(string(text), "VmRSS:")
		peak += kilobytes(string(text), "VmHWM:")
	}
	return now, peak, nil
}

// together is what a process and its descendants have when pages that they share are
// counted once.
func together(pid int) (now int64, err error) {
	kin, err := family(pid)
	if err != nil {
		return 0, err
	}
	for _, member := range kin {
		text, err := os.ReadFile(filepath.Join("/proc", member, "smaps_rollup"))
		if err != nil {
			return 0, err
		}
		now += kilobytes(string(text), "\nPss:")
	}
	return now, nil
}

func kilobytes(status, name string) int64 {
	_, rest, _ := strings.Cut(status, name)
	var n int64
	if _, err := fmt.Sscan(rest, &n); err != nil {
		return 0 // a process that is ending has none
	}
	return n * 1024
}
