package runners

import "errors"

// errClosed is what starting a program gives when its agent is ending.
var errClosed = errors.New("the supervisor is closed")

// newBuffer makes what output is read into, for a pool: agents run many small
// programs.
func newBuffer() any {
	b := make([]byte, 16<<10)
	return &b
}
