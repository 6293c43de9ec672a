package scripts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
)

// An apply of a board file is staged in bounded parts by Jstage, decided by Jcommit
// and carried out in bounded parts by Forward, which any agent calls.

// PutChange is the change that puts a job. Asked tells that the start in the metadata
// was asked for; else the job may be due at once.
func PutChange(id, text string, asked bool) string {
	if asked {
		return "+" + id + "\n" + text
	}
	return "=" + id + "\n" + text
}

// RemoveChange is the change that removes a job, if it is the board file's then.
func RemoveChange(id string) string { return "-" + id }

// Jstage stages changes, the first of which has the number from (1 is the first of
// all).
func (c *Commands) Jstage(ctx context.Context, now, id string, from int, changes []string) error {
	caller := c.callers.borrow()
	defer c.callers.done(caller)
	args := make([]any, 0, 3+len(changes))
	args = append(args, caller.op, now, from)
	for i := range changes {
		args = append(args, &changes[i])
	}
	_, err := c.integer(ctx, "jstage", c.prefixed(c.keys.Op(caller.name), c.keys.Stage(id)), args...)
	return err
}

// Jcommit decides that the staged changes of a board file shall be, and answers its
// new generation. jobs.ErrStale: another apply of the file was decided since the
// generation that the changes were made for, or some of them are gone; nothing has
// happened.
func (c *Commands) Jcommit(ctx context.Context, now, id string, file jobs.BoardFile, count int) (int64, error) {
	caller := c.callers.borrow()
	defer c.callers.done(caller)
	keys := c.prefixed(c.keys.Op(caller.name), c.keys.Stage(id), c.keys.Stages(), c.keys.BoardFiles())
	return c.integer(ctx, "jcommit", keys, caller.op, now, id, file.Name, file.Generation, count)
}

// Japply carries out at most limit changes of a stage that was decided, and answers
// how many, and how many are left.
func (c *Commands) Japply(ctx context.Context, now, id string, limit int) (done, left int64, err error) {
	caller := c.callers.borrow()
	defer c.callers.done(caller)
	keys := c.prefixed(c.keys.Op(caller.name), c.keys.Stage(id), c.keys.Stages(), c.keys.Runners())
	reply, err := c.list(ctx, "japply", keys, caller.op, now, id, limit)
	if err != nil || len(reply) != 2 {
		return 0, 0, err
	}
	return toInt(reply[0]), toInt(reply[1]), nil
}

// forwarded is how many changes a call of Forward carries out; of jobs of a usual size
// that takes Redis a few milliseconds.
const forwarded = 100

// Forward carries out a part of what was decided and is not finished, and tells
// whether there was anything to do: call it again then. Agents call it now and then;
// when there is nothing it costs one read.
func (c *Commands) Forward(ctx context.Context) (more bool, err error) {
	id, err := c.rdb.LIndex(ctx, c.keys.Stages(), 0).Result()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	if err == nil {
		_, _, err = c.Japply(ctx, "", id, forwarded)
	} else {
		err = Translate(err)
	}
	if err != nil {
		return false, fmt.Errorf("carry out an apply that was decided: %w", err)
	}
	return true, nil
}

// BoardFiles answers the board files that were applied to the board, by name.
func (c *Commands) BoardFiles(ctx context.Context) (map[string]jobs.BoardFile, error) {
	texts, err := c.rdb.HGetAll(ctx, c.keys.BoardFiles()).Result()
	if err != nil {
		return nil, fmt.Errorf("read the board files: %w", Translate(err))
	}
	files := make(map[string]jobs.BoardFile, len(texts))
	for name, text := range texts {
		files[name] = boardFile(name, text)
	}
	return files, nil
}

// BoardFile answers one board file; one that was never applied has generation 0.
func (c *Commands) BoardFile(ctx context.Context, name string) (jobs.BoardFile, error) {
	text, err := c.rdb.HGet(ctx, c.keys.BoardFiles(), name).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return jobs.BoardFile{}, fmt.Errorf("read board file %q: %w", name, Translate(err))
	}
	return boardFile(name, text), nil
}

func boardFile(name, text string) jobs.BoardFile {
	var doc struct {
		Generation int64   `json:"generation"`
		Applied    float64 `json:"applied"`
	}
	_ = json.Unmarshal([]byte(text), &doc) // what is no JSON was never applied
	f := jobs.BoardFile{Name: name, Generation: doc.Generation}
	if doc.Applied > 0 {
		f.Applied = unix(doc.Applied)
	}
	return f
}
