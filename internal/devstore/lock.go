package devstore

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// errHeld says that a living process holds a lock.
var errHeld = errors.New("held by another process")

// lock opens a file, making it if need be, and locks it. The lock is gone when it
// is unlocked, or when the file is closed here and in every process that inherited
// it.
func lock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := tryLock(file); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// tryLock locks an open file, or answers errHeld.
func tryLock(file *os.File) error {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errHeld
	}
	if err != nil {
		return fmt.Errorf("lock %s: %w", file.Name(), err)
	}
	return nil
}

// unlock gives a lock free and closes its file. Closing alone would be late: a
// process that is just being started has a copy of every open file for a moment.
func unlock(file *os.File) {
	_ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN) // closing does it, if later
	file.Close()
}

// heldElsewhere tells whether a living process holds the lock of the file. Any
// number of processes may ask at once.
func heldElsewhere(file *os.File) bool {
	return errors.Is(syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

// readWord answers the text of a lock file.
func readWord(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// writeWord makes a word the text of a lock file.
func writeWord(file *os.File, word string) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(word+"\n"), 0)
	return err
}
