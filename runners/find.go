package runners

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// find answers the file of a program, searched for in the PATH that the program
// will see itself. Relative folders in it are passed over.
func (h *host) find(name string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	denied := false
	for _, dir := range filepath.SplitList(h.path) {
		if !filepath.IsAbs(dir) {
			continue
		}
		file := filepath.Join(dir, name)
		if unix.Access(file, unix.X_OK) != nil {
			denied = denied || unix.Access(file, unix.F_OK) == nil
			continue
		}
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file, nil
		}
	}
	if denied {
		return "", fmt.Errorf("found in PATH %q, but it may not be executed", h.path)
	}
	return "", fmt.Errorf("not found in PATH %q", h.path)
}

// explain says why the kernel refused to start a program, as far as a second
// look can tell: it answers the same for a missing program, interpreter or
// folder.
func (h *host) explain(err error, name string) error {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err
	}
	if h.dir != "" {
		if info, serr := os.Stat(h.dir); serr != nil {
			return fmt.Errorf("the folder to start it in: %w", serr)
		} else if !info.IsDir() {
			return fmt.Errorf("the folder to start it in, %q, is none", h.dir)
		}
	}
	file, ferr := h.find(name)
	if ferr != nil {
		return ferr
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(h.dir, file)
	}
	switch _, serr := os.Stat(file); {
	case errno == syscall.ENOENT && serr == nil:
		err = fmt.Errorf("%s is there, but not the interpreter that it names: %w", file, errno)
	case errno == syscall.ENOEXEC:
		err = fmt.Errorf("%s is neither a program of this machine nor a script with a #! line: %w", file, errno)
	case errno == syscall.E2BIG:
		err = fmt.Errorf("its arguments and environment are too large: %w", errno)
	default:
		err = fmt.Errorf("%s: %w", file, errno)
	}
	if h.dir != "" {
		return fmt.Errorf("%w (in folder %q)", err, h.dir)
	}
	return err
}
