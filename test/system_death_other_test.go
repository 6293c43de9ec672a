//go:build !linux

package test

import "syscall"

func dieWithTheTest() *syscall.SysProcAttr { return nil }
