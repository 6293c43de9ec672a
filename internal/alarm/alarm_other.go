//go:build !linux

package alarm

import (
	"context"
	"time"
)

// Alarm is a timer of Go, where the kernel has none that the poller can wait for.
type Alarm struct{}

// New makes an alarm.
func New() (*Alarm, error) { return &Alarm{}, nil }

// Sleep returns after d, or when ctx ends.
func (*Alarm) Sleep(ctx context.Context, d time.Duration) { plainly(ctx, d) }

// Close does nothing.
func (*Alarm) Close() error { return nil }
