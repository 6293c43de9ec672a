package redistest

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
	"time"
)

func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// waitStopped returns once SIGSTOP, which is delivered some time after it was
// sent, has taken effect.
func (p *process) waitStopped() error {
	pause := time.NewTicker(100 * time.Microsecond)
	defer pause.Stop()
	deadline := time.Now().Add(startDeadline)
	for range pause.C {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid()))
		if err != nil {
			return err
		}
		// The state follows the program's name in brackets.
		if i := bytes.LastIndex(stat, []byte(") ")); i >= 0 && stat[i+2] == 'T' {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("process %d still runs", p.pid())
		}
	}
	return nil
}
