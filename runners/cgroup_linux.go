package runners

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// selfGroup is the cgroup that the agent and its supervisors move to: a group that
	// hands controllers on may hold no process itself.
	selfGroup = "jobs-agent-self"
	// runGroup begins the name of a run's cgroup; the id of its supervisor and a number
	// follow.
	runGroup = "jobs-run-"

	groupProcs    = "cgroup.procs"
	groupHandsOn  = "cgroup.subtree_control"
	groupHas      = "cgroup.controllers"
	groupType     = "cgroup.type" // all groups have it but the root of the host
	groupKill     = "cgroup.kill"
	memoryMax     = "memory.max"
	memorySwapMax = "memory.swap.max"
	memoryEvents  = "memory.events"
	memoryOOM     = "memory.oom.group"
	cpuMax        = "cpu.max"
)

// cgroups is what this host says of version 2 of cgroups. Tests put in a host of
// their own.
type cgroups struct {
	mounts   string                  // /proc/self/mountinfo
	self     string                  // /proc/self/cgroup
	writable func(path string) error // by this process
	intoOne  func() error            // whether programs can be started in a group
	mayMove  func() func(pid int) bool
}

// groundFor answers the group in which those of runs can be made, without changing
// anything.
func groundFor(controllers []string) (string, error) {
	if len(controllers) == 0 {
		return "", nil
	}
	dir, err := thisHost().ground(controllers)
	if err != nil {
		return "", fmt.Errorf("limits: %s: %w: start the agent by a unit with deploy/systemd/drop-ins/limits.conf, or take the limit out (docs/runners.md)",
			strings.Join(controllers, " and "), err)
	}
	return dir, nil
}

// CanLimitRuns is nil when programs that this process starts can have limits of memory
// and processor a run, and says else what is missing.
func CanLimitRuns() error {
	_, err := thisHost().ground([]string{"memory", "cpu"})
	return err
}

func thisHost() cgroups {
	mounts, _ := os.ReadFile("/proc/self/mountinfo")
	self, _ := os.ReadFile("/proc/self/cgroup")
	return cgroups{
		mounts: string(mounts), self: string(self), mayMove: ownProcesses, intoOne: canCloneInto,
		writable: func(path string) error { return unix.Access(path, unix.W_OK) },
	}
}

// ground answers the group in which those of runs can be made: the one of this process,
// or, when it is in a leaf made for itself, the one above.
func (g cgroups) ground(controllers []string) (string, error) {
	dir, err := g.own()
	if err != nil {
		return "", err
	}
	if filepath.Base(dir) == selfGroup {
		dir = filepath.Dir(dir)
	}
	if kind, err := os.ReadFile(filepath.Join(dir, groupType)); err == nil && strings.TrimSpace(string(kind)) != "domain" {
		return "", fmt.Errorf("the type of %s is %q and not domain", dir, strings.TrimSpace(string(kind)))
	}
	has, err := os.ReadFile(filepath.Join(dir, groupHas))
	if err != nil {
		return "", err
	}
	for _, name := range controllers {
		if !slices.Contains(strings.Fields(string(has)), name) {
			return "", fmt.Errorf("the controller %s is not delegated to %s, which has %q (cgroup v1 may have it, or a unit without Delegate=)", name, dir, strings.TrimSpace(string(has)))
		}
	}
	for _, path := range []string{dir, filepath.Join(dir, groupProcs), filepath.Join(dir, groupHandsOn)} {
		if err := g.writable(path); err != nil {
			return "", fmt.Errorf("%s cannot be written: %w", path, err)
		}
	}
	if err := g.intoOne(); err != nil {
		return "", err
	}
	return dir, strangers(dir, g.mayMove())
}

// own answers the folder of the group that this process is in.
func (g cgroups) own() (string, error) {
	path, found := "", false
	for line := range strings.Lines(g.self) {
		if rest, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::"); ok {
			path, found = rest, true
		}
	}
	if !found {
		return "", errors.New("/proc/self/cgroup names no group of cgroup v2")
	}
	for line := range strings.Lines(g.mounts) {
		// Before the dash: two ids, the device, the root, the folder, options; after it
		// the type.
		head, tail, _ := strings.Cut(line, " - ")
		fields, kind := strings.Fields(head), strings.Fields(tail)
		if len(fields) < 5 || len(kind) == 0 || kind[0] != "cgroup2" {
			continue
		}
		below, err := filepath.Rel(unescape(fields[3]), path)
		// Of another part of the tree, or outside the namespace of this process.
		if err != nil || strings.HasPrefix(below, "..") || strings.HasPrefix(path, "/..") {
			continue
		}
		return filepath.Join(unescape(fields[4]), below), nil
	}
	return "", fmt.Errorf("no mount of cgroup v2 shows the group %s of this process", path)
}

// unescape reads a path of mountinfo, where blanks and the like are octal.
func unescape(path string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(path)
}

// strangers is an error when a group holds processes that are not to be moved out of
// the way. The root of the host may hold whom it likes.
func strangers(dir string, mayMove func(pid int) bool) error {
	if isRootGroup(dir) {
		return nil
	}
	pids, err := processesIn(dir)
	if err != nil {
		return err
	}
	pids = slices.DeleteFunc(pids, mayMove)
	if len(pids) > 0 {
		return fmt.Errorf("others are in %s too, process %d for one, so that it can hand no controller on", dir, pids[0])
	}
	return nil
}

func isRootGroup(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, groupType))
	return errors.Is(err, os.ErrNotExist)
}

func processesIn(dir string) ([]int, error) {
	text, err := os.ReadFile(filepath.Join(dir, groupProcs))
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, word := range strings.Fields(string(text)) {
		pid, err := strconv.Atoi(word)
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w", groupProcs, dir, err)
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

// ownProcesses are this one, what it has started, and the init of a container that is
// the same program.
func ownProcesses() func(pid int) bool {
	all, roots := takeCensus(), map[int]bool{os.Getpid(): true}
	first, err1 := os.Stat("/proc/1/exe")
	this, err2 := os.Stat("/proc/self/exe")
	init := err1 == nil && err2 == nil && os.SameFile(first, this)
	return func(pid int) bool { return pid == 1 && init || all.below(pid, roots) }
}

// canCloneInto asks the kernel for the call that starts a program in a group, with a
// group that cannot be.
func canCloneInto() error {
	args := [11]uint64{0: unix.CLONE_INTO_CGROUP, 10: math.MaxUint64}
	_, _, errno := syscall.Syscall(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&args)), unsafe.Sizeof(args), 0)
	if errno == syscall.EINVAL {
		return nil
	}
	return fmt.Errorf("the call clone3, which starts a program in a cgroup, is not to be had (Linux 5.7, and a unit without RestrictNamespaces=): %w", errno)
}
