package runners

import (
	"time"

	"golang.org/x/sys/unix"
)

// moment is a time as another process of this machine understands it: nanoseconds since it
// was started, times of its sleep too; 0 for none. One that has passed through both functions
// is somewhat early, more so when a process was asleep on the way.
func moment(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	now := sinceBoot()
	return uint64(max(1, now+int64(time.Until(t))))
}

// ofMoment is a moment by the clock of this process.
func ofMoment(m uint64) time.Time {
	if m == 0 {
		return time.Time{}
	}
	now := time.Now()
	return now.Add(time.Duration(int64(m) - sinceBoot()))
}

func sinceBoot() int64 {
	var at unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &at) // which has no error that a kernel of ours could answer
	return at.Nano()
}
