package runners

import (
	"errors"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// soon is how long what nobody waits for may wait.
const soon = 20 * time.Millisecond

// tell queues an answer. The caller holds mu and flushes when it is free.
func (s *server) tell(kind byte, id, number uint32) {
	s.told = appendFrame(s.told, kind, id, number)
}

// tellSoon is tell for what is not waited for: most often the end of the same
// child goes out before, and takes it along.
func (s *server) tellSoon(kind byte, id, number uint32) {
	s.tell(kind, id, number)
	if !s.soon {
		s.soon = true
		time.AfterFunc(soon, s.flush)
	}
}

// flush sends what was told, in order. It gives up in silence when the agent is
// gone: then serve ends as well.
func (s *server) flush() {
	s.sending.Lock()
	defer s.sending.Unlock()
	s.mu.Lock()
	b := s.told
	s.told, s.soon = nil, false
	s.mu.Unlock()
	for len(b) > 0 {
		n, err := unix.SendmsgN(serveFD, b, nil, nil, unix.MSG_NOSIGNAL)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return
		}
		b = b[max(n, 0):]
	}
}
