package scripts

import (
	"context"
	"time"
)

// Jbeat tells the board that the agent lives; description is the text of a JSON
// object, "" takes the agent off the list. It answers whether the agent is paused:
// told to drain. jobs.ErrFormat says that the board was written by a newer program.
func (c *Commands) Jbeat(ctx context.Context, name, description string, forget time.Duration) (paused bool, err error) {
	reply, err := c.list(ctx, "jbeat", c.prefixed(c.keys.FormatKey()), "", name, description, Format, seconds(forget.Seconds()))
	if err != nil || len(reply) < 2 {
		return false, err
	}
	return toInt(reply[1]) == 1, nil
}

// RaiseTerm raises the term after an election, if the lock still holds value.
func (c *Commands) RaiseTerm(ctx context.Context, lock, value, name string) (int64, error) {
	return c.integer(ctx, "jlead", c.prefixed(lock), "", value, name)
}
