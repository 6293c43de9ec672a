//go:build !linux

package redistest

import "syscall"

func dieWithParent() *syscall.SysProcAttr { return nil }

func (p *process) waitStopped() error { return nil }
