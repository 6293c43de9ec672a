package scripts

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jobs-agent/jobs"
)

// Attendance is which runner types and lists of selectors there are, and which agents
// describe themselves, at one time by the clock of Redis.
type Attendance struct {
	Types  []string
	Lists  []List // as Selectors answers them
	Agents map[string]jobs.AgentStatus
	Now    time.Time
}

// Attendance reads in one round trip what the leader looks at each second.
func (c *Commands) Attendance(ctx context.Context) (Attendance, error) {
	pipe := c.rdb.Pipeline()
	types, lists := pipe.HKeys(ctx, c.keys.Runners()), pipe.ZRange(ctx, c.keys.Selectors(), 0, -1)
	agents, now := pipe.HGetAll(ctx, c.keys.Agents()), pipe.Time(ctx)
	if _, err := pipe.Exec(ctx); err != nil {
		return Attendance{}, fmt.Errorf("read who serves what: %w", Translate(err))
	}
	a := Attendance{Types: types.Val(), Lists: c.selected(lists.Val()), Agents: map[string]jobs.AgentStatus{}, Now: now.Val()}
	for name, text := range agents.Val() {
		var status jobs.AgentStatus
		if json.Unmarshal([]byte(text), &status) == nil { // else something else wrote it
			a.Agents[name] = status
		}
	}
	return a, nil
}

// Junserved notes in the ledger for which of the types, which no live agent serves, and
// of the lists, whose selectors none matches, runs wait, and answers how many these are.
func (c *Commands) Junserved(ctx context.Context, now string, types []string, lists []List) (int64, error) {
	args := make([]any, 0, 2+len(types)+len(lists))
	args = append(args, now, len(types))
	for _, kind := range types {
		args = append(args, kind)
	}
	for _, list := range lists {
		args = append(args, list.Runner+":"+string(list.Selector))
	}
	return c.integer(ctx, "junserved", c.prefixed(c.keys.Unserved()), args...)
}
