package runners

import (
	"encoding/json"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// told reads the creed that the agent gave to this supervisor process.
func told() (c creed, err error) {
	if len(os.Args) < 3 {
		return c, nil
	}
	if err := json.Unmarshal([]byte(os.Args[2]), &c); err != nil {
		return c, fmt.Errorf("read the bounds of programs: %w", err)
	}
	return c, nil
}

// argument is the creed as it stands on the command line of a supervisor process,
// which is no secret.
func (c creed) argument() ([]string, error) {
	text, err := json.Marshal(c)
	if err != nil || string(text) == "{}" {
		return nil, err
	}
	return []string{string(text)}, nil
}

// apply takes the limits upon this process. Its children inherit them, so a run costs
// nothing for them, and no program begins without.
func (c creed) apply() error {
	if c.Umask != nil {
		syscall.Umask(*c.Umask)
	}
	for _, limit := range []struct {
		name  string
		which int
		n     uint64
	}{{"files", unix.RLIMIT_NOFILE, c.Files}, {"processes", unix.RLIMIT_NPROC, c.Processes}, {"file_size", unix.RLIMIT_FSIZE, c.FileSize}} {
		if limit.n == 0 {
			continue
		}
		var now syscall.Rlimit
		if err := syscall.Getrlimit(limit.which, &now); err != nil {
			return fmt.Errorf("limits: %s: %w", limit.name, err)
		}
		want := syscall.Rlimit{Cur: min(limit.n, now.Max), Max: min(limit.n, now.Max)}
		// Of syscall, not of unix: it knows then that programs are not to get back the
		// limit of files that this process was started with.
		if err := syscall.Setrlimit(limit.which, &want); err != nil {
			return fmt.Errorf("limits: %s %d: %w", limit.name, limit.n, err)
		}
	}
	return nil
}

// applyToThread takes upon the calling thread, and what it starts, what threads have
// each for themselves. The thread is locked.
func (c creed) applyToThread() error {
	if c.Nice == 0 {
		return nil
	}
	if err := unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), c.Nice); err != nil {
		return fmt.Errorf("nice %d: %w", c.Nice, err)
	}
	return nil
}

// credential is nil for programs that run as the agent.
func (c creed) credential() *syscall.Credential {
	if !c.Switch {
		return nil
	}
	return &syscall.Credential{Uid: c.UID, Gid: c.GID, Groups: c.Groups}
}

// entrust lets the user of a program open its own files again, by /dev/stdout for
// instance.
func (c creed) entrust(files []int) {
	if !c.Switch {
		return
	}
	for _, fd := range files {
		_ = unix.Fchown(fd, int(c.UID), int(c.GID)) // without it they can still be written
	}
}
