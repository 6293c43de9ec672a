package runners

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Frames go both ways over the socket between agent and supervisor, which are
// the same binary: four bytes of length, one of kind, four of the program's
// number, then what the kind needs. All numbers are little-endian.
const (
	frameStart   byte = iota + 1 // agent: an order; its files come along
	frameStop                    // agent: milliseconds of grace
	frameStarted                 // supervisor: the process id
	frameRefused                 // supervisor: the errno of fork or exec
	frameEnded                   // supervisor: the wait status
	frameStuck                   // supervisor: killed, and still there
	frameReady                   // supervisor: once, before all others
	frameNoCell                  // supervisor: the errno of making its cgroup
	frameStarved                 // supervisor: the kernel killed it for its memory; its end follows
	frameSorry                   // supervisor: why it ends, as text
	frameLate                    // supervisor: it was not started, as it would have been too late
)

const (
	frameHead = 9
	// maxFrame is beyond what execve takes as arguments and environment.
	maxFrame = 16 << 20
)

// Files that may come with an order, besides the one for output.
const (
	withStdin byte = 1 << iota
	withExtra
)

var errFrame = errors.New("malformed frame")

type frame struct {
	kind byte
	id   uint32
	body []byte
}

// appendFrame adds a frame whose body is one number.
func appendFrame(b []byte, kind byte, id, number uint32) []byte {
	b = binary.LittleEndian.AppendUint32(b, 9)
	b = append(b, kind)
	b = binary.LittleEndian.AppendUint32(b, id)
	return binary.LittleEndian.AppendUint32(b, number)
}

// sorryFrame says why a supervisor process cannot go on.
func sorryFrame(why error) []byte {
	text := why.Error()
	text = text[:min(len(text), 1024)]
	b := binary.LittleEndian.AppendUint32(nil, uint32(frameHead-4+len(text)))
	b = append(b, frameSorry, 0, 0, 0, 0)
	return append(b, text...)
}

// cutFrame takes the first frame off b; it answers false when b holds no whole
// one yet. The body lies in b.
func cutFrame(b []byte) (f frame, rest []byte, ok bool, err error) {
	if len(b) < 4 {
		return f, b, false, nil
	}
	n := int(binary.LittleEndian.Uint32(b))
	if n < frameHead-4 || n > maxFrame {
		return f, b, false, errFrame
	}
	if len(b) < 4+n {
		return f, b, false, nil
	}
	f = frame{kind: b[4], id: binary.LittleEndian.Uint32(b[5:]), body: b[frameHead : 4+n]}
	return f, b[4+n:], true, nil
}

func (f frame) number() uint32 {
	if len(f.body) < 4 {
		return 0
	}
	return binary.LittleEndian.Uint32(f.body)
}

func startFrame(id uint32, o order) ([]byte, error) {
	size := frameHead + 40 + len(o.path) + len(o.dir) + len(o.mark)
	for _, s := range o.argv {
		size += 4 + len(s)
	}
	for _, s := range o.env {
		size += 4 + len(s)
	}
	if size > maxFrame {
		return nil, fmt.Errorf("arguments and environment have %d bytes", size)
	}
	b := make([]byte, frameHead, size)
	b[4] = frameStart
	binary.LittleEndian.PutUint32(b[5:], id)
	var with byte
	if o.stdin >= 0 {
		with |= withStdin
	}
	if o.extra >= 0 {
		with |= withExtra
	}
	b = append(b, with)
	b = binary.LittleEndian.AppendUint64(b, moment(o.by))
	b = appendTexts(b, []string{o.path, o.dir, o.mark})
	b = appendTexts(b, o.argv)
	b = appendTexts(b, o.env)
	binary.LittleEndian.PutUint32(b, uint32(len(b)-4))
	return b, nil
}

// files lists the descriptors that go with an order, in the order of cutFiles.
func (o order) files() []int {
	fds := []int{o.out}
	if o.stdin >= 0 {
		fds = append(fds, o.stdin)
	}
	if o.extra >= 0 {
		fds = append(fds, o.extra)
	}
	return fds
}

// order reads the body of a start frame, but for the files.
func (f frame) order() (o order, with byte, err error) {
	if len(f.body) < 9 {
		return o, 0, errFrame
	}
	by := ofMoment(binary.LittleEndian.Uint64(f.body[1:]))
	head, rest, err1 := cutTexts(f.body[9:])
	argv, rest, err2 := cutTexts(rest)
	env, _, err3 := cutTexts(rest)
	if err := errors.Join(err1, err2, err3); err != nil || len(head) != 3 {
		return o, 0, errFrame
	}
	return order{path: head[0], dir: head[1], mark: head[2], argv: argv, env: env, stdin: -1, extra: -1, by: by}, f.body[0], nil
}

func appendTexts(b []byte, texts []string) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(texts)))
	for _, s := range texts {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	return b
}

func cutTexts(b []byte) (texts []string, rest []byte, err error) {
	n, b, err := cutNumber(b)
	if err != nil || n > len(b)/4 {
		return nil, nil, errFrame
	}
	texts = make([]string, n)
	for i := range texts {
		var k int
		if k, b, err = cutNumber(b); err != nil || k > len(b) {
			return nil, nil, errFrame
		}
		texts[i], b = string(b[:k]), b[k:]
	}
	return texts, b, nil
}

func cutNumber(b []byte) (int, []byte, error) {
	if len(b) < 4 {
		return 0, nil, errFrame
	}
	return int(binary.LittleEndian.Uint32(b)), b[4:], nil
}
