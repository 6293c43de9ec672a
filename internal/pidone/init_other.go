//go:build !linux

package pidone

// Serve does nothing where no program is process 1.
func Serve() (code int, served bool) { return 0, false }
