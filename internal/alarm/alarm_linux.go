package alarm

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Alarm is a timer of the kernel, see timerfd_create(2).
type Alarm struct {
	fd   int
	file *os.File
}

// New makes an alarm, which takes a file descriptor until Close.
func New() (*Alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make a timer: %w", err)
	}
	return &Alarm{fd: fd, file: os.NewFile(uintptr(fd), "timer")}, nil
}

// Sleep returns after d, or when ctx ends. One goroutine at a time may call it.
func (a *Alarm) Sleep(ctx context.Context, d time.Duration) {
	if ctx.Err() != nil || d <= 0 {
		return
	}
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = a.file.SetReadDeadline(time.Unix(0, 1))
		close(woken)
	})
	var ticks [8]byte
	err := unix.TimerfdSettime(a.fd, 0, &unix.ItimerSpec{Value: unix.NsecToTimespec(d.Nanoseconds())}, nil)
	if err == nil {
		_, err = a.file.Read(ticks[:])
	}
	if !stop() {
		<-woken
		_ = a.file.SetReadDeadline(time.Time{})
		return
	}
	if err != nil {
		plainly(ctx, d)
	}
}

// Close gives the descriptor back; nobody may sleep any more.
func (a *Alarm) Close() error { return a.file.Close() }
