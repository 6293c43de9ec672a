//go:build !linux

package main

import (
	"errors"
	"syscall"
	"time"
)

var errUnmeasured = errors.New("measured on Linux only")

func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

func familyCPU(int) (time.Duration, error) { return 0, errUnmeasured }

func fineCPU(int) (time.Duration, error) { return 0, errUnmeasured }

func resident(int) (now, peak int64, err error) { return 0, 0, errUnmeasured }

func together(int) (now int64, err error) { return 0, errUnmeasured }
