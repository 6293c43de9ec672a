package runners

import (
	"time"

	"golang.org/x/sys/unix"
)

// farAway is as good as never, and no sum with it overflows.
const farAway = 365 * 24 * time.Hour

// moment is a time as another process of this machine understands it: nanoseconds of the
// clock behind Go's monotonic times; 0 for none. One that has passed through both functions
// is somewhat early, more so when a process was stopped on the way.
func moment(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	now := monotonic()
	return uint64(max(1, now+min(time.Until(t), farAway).Nanoseconds()))
}

// ofMoment is a moment by the clock of this process.
func ofMoment(m uint64) time.Time {
	if m == 0 {
		return time.Time{}
	}
	now := time.Now()
	return now.Add(time.Duration(int64(m) - monotonic()))
}

func monotonic() int64 {
	var at unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &at) // each kernel has it
	return at.Nano()
}
