package logsink

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// file writes lines to a file and rotates it: PATH is the newest, PATH.1 the one
// before. It is opened anew when somebody moved it away.
type file struct {
	spec Spec
	out  *os.File // nil: to be opened
	size int64
	form form
	buf  []byte
}

// fileBlock is about how much is written at once.
const fileBlock = 256 << 10

func openFile(spec Spec) (*file, error) {
	f := &file{spec: spec}
	err := os.MkdirAll(filepath.Dir(spec.path), 0o750)
	if err == nil {
		err = f.open()
	}
	if err != nil && !errors.Is(err, syscall.ENOSPC) {
		return nil, fmt.Errorf("%w; %s", err, f.explain(err).fix)
	}
	return f, nil
}

func (f *file) open() error {
	out, err := os.OpenFile(f.spec.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	info, err := out.Stat()
	if err != nil {
		return errors.Join(err, out.Close())
	}
	f.out, f.size = out, info.Size()
	return nil
}

// ready opens the file if it is not open, or not at its place any more.
func (f *file) ready() error {
	if f.out != nil {
		here, err := os.Stat(f.spec.path)
		open, openErr := f.out.Stat()
		if err == nil && openErr == nil && os.SameFile(here, open) {
			f.size = open.Size() // somebody else may write or truncate it as well
			return nil
		}
		_ = f.out.Close()
		f.out = nil
	}
	return f.open()
}

func (f *file) deliver(_ context.Context, lines []line) (left []line, refused int, err error) {
	if err := f.ready(); err != nil {
		return lines, 0, err
	}
	for len(lines) > 0 {
		n := f.fill(lines)
		if n == 0 {
			if err := f.rotate(); err != nil {
				return lines, 0, err
			}
			continue
		}
		if err := f.write(); err != nil {
			return lines, 0, err
		}
		lines = lines[n:]
	}
	return nil, 0, nil
}

// fill puts lines into the block to write and answers how many; 0 when the file is
// full before.
func (f *file) fill(lines []line) (n int) {
	f.buf = f.buf[:0]
	for n < len(lines) && len(f.buf) < fileBlock {
		before := len(f.buf)
		if f.spec.json {
			f.buf = f.form.appendJSON(f.buf, lines[n])
		} else {
			f.buf = f.form.appendPlain(f.buf, lines[n])
		}
		if size := f.size + int64(before); size > 0 && size+int64(len(f.buf)-before) > f.spec.max {
			f.buf = f.buf[:before]
			break
		}
		n++
	}
	return n
}

// write appends the block or, when it fails, leaves the file as it was: there are no
// half lines, and the block is written again.
func (f *file) write() error {
	n, err := f.out.Write(f.buf)
	if err == nil {
		f.size += int64(n)
		return nil
	}
	if n > 0 {
		err = errors.Join(err, f.out.Truncate(f.size))
	}
	return err
}

func (f *file) rotate() error {
	if err := f.out.Close(); err != nil {
		return err
	}
	f.out = nil
	at := func(i int) string {
		if i == 0 {
			return f.spec.path
		}
		return f.spec.path + "." + strconv.Itoa(i)
	}
	for i := f.spec.keep; i > 0; i-- {
		if err := os.Rename(at(i-1), at(i)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("rotate: %w", err)
		}
	}
	if f.spec.keep == 0 {
		if err := os.Remove(f.spec.path); err != nil {
			return fmt.Errorf("rotate: %w", err)
		}
	}
	return f.open()
}

func (f *file) explain(err error) trouble {
	where := filepath.Dir(f.spec.path)
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return trouble{kind: "full", what: "there is no room for " + f.spec.path, fix: "make room in " + where + ", or keep less: ?max= and ?keep="}
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return trouble{kind: "permission", what: "may not write " + f.spec.path, fix: "let the user of the agent write in " + where}
	default:
		return trouble{kind: err.Error(), what: "cannot write " + f.spec.path, fix: "see whether " + where + " is there and its disk works"}
	}
}

func (f *file) close() error {
	if f.out == nil {
		return nil
	}
	return f.out.Close()
}
