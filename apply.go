package jobs

import "time"

// BoardFile is a board file as the board knows it.
type BoardFile struct {
	Name       string
	Generation int64     // how often an apply of it was decided
	Applied    time.Time // the last time
}
