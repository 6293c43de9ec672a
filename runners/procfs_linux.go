package runners

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// census is all processes of the machine at one time, by id.
type census map[int]*resident

type resident struct {
	parent int
	group  int
	born   string // with the id, it names a process for good
	env    []byte // each variable between two zeros; nil until it is asked for
}

// takeCensus reads /proc. Processes that have ended and only wait for their
// parent are left out.
func takeCensus() census {
	c := census{}
	dir, err := os.Open("/proc")
	if err != nil {
		return c
	}
	defer func() { _ = dir.Close() }()
	names, _ := dir.Readdirnames(-1)
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if r, ok := readResident(name); ok {
			c[pid] = r
		}
	}
	return c
}

func readResident(name string) (*resident, bool) {
	stat, err := os.ReadFile(filepath.Join("/proc", name, "stat"))
	if err != nil {
		return nil, false
	}
	// The second field is the program's name in parentheses and may hold any
	// byte, so the others are counted from its end: state, parent, group.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	const (
		threads = 17
		born    = 19
	)
	if len(fields) <= born || fields[0] == "X" || fields[0] == "Z" && fields[threads] <= "1" {
		return nil, false
	}
	parent, err1 := strconv.Atoi(fields[1])
	group, err2 := strconv.Atoi(fields[2])
	return &resident{parent: parent, group: group, born: fields[born]}, err1 == nil && err2 == nil
}

// descendants answers all processes below root.
func (c census) descendants(root int) []int {
	var pids []int
	roots := map[int]bool{root: true}
	for pid := range c {
		if pid != root && c.below(pid, roots) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// kin is a process seen earlier.
type kin struct {
	pid  int
	born string
}

// members answers what is left of a program among candidates: its group, its
// descendants and those of the kin known from before, and what bears its mark,
// wherever that went.
func (c census) members(candidates []int, leader int, mark string, known []kin) []kin {
	roots := map[int]bool{leader: true}
	for _, k := range known {
		if r := c[k.pid]; r != nil && r.born == k.born {
			roots[k.pid] = true
		}
	}
	var found []kin
	for _, pid := range candidates {
		if r := c[pid]; r.group == leader || c.below(pid, roots) || c.marked(pid, mark) {
			found = append(found, kin{pid, r.born})
		}
	}
	return found
}

// below tells whether a process is one of roots or descends from one.
func (c census) below(pid int, roots map[int]bool) bool {
	for range len(c) + 1 {
		if roots[pid] {
			return true
		}
		r := c[pid]
		if r == nil {
			return false
		}
		pid = r.parent
	}
	return false
}

// marked tells whether a process was started with the variable mark.
func (c census) marked(pid int, mark string) bool {
	r := c[pid]
	if mark == "" || r == nil {
		return false
	}
	if r.env == nil {
		env, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
		r.env = append([]byte{0}, env...)
	}
	return bytes.Contains(r.env, append(append([]byte{0}, mark...), 0))
}

func signalKin(all []kin, sig syscall.Signal) {
	for _, k := range all {
		_ = syscall.Kill(k.pid, sig)
	}
}

func signalAll(pids []int, sig syscall.Signal) {
	for _, pid := range pids {
		_ = syscall.Kill(pid, sig)
	}
}
