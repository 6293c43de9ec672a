package scripts

import (
	"context"
	"fmt"
	"strings"

	"github.com/jobs-agent/jobs"
)

// Selected is a list of a runner type for agents that match a selector.
type Selected struct {
	Runner   string
	Selector jobs.Selector
}

// maxSelected is how many lists are read at most; the commands make no more.
const maxSelected = 1100

// Selectors answers which lists there are for agents that match selectors. One of the
// selector `all` says that agents have lists of their own of the type, see jobs.Only.
func (c *Commands) Selectors(ctx context.Context) ([]Selected, error) {
	return c.selected(ctx, c.keys.Selectors())
}

// Shares answers which lists of single agents there are, about a thousand.
func (c *Commands) Shares(ctx context.Context) ([]Selected, error) {
	return c.selected(ctx, c.keys.Shares())
}

func (c *Commands) selected(ctx context.Context, key string) ([]Selected, error) {
	members, err := c.rdb.ZRevRange(ctx, key, 0, maxSelected-1).Result()
	if err != nil {
		return nil, fmt.Errorf("read which hosts runs are for: %w", Translate(err))
	}
	lists := make([]Selected, 0, len(members))
	for _, member := range members {
		if cut := strings.LastIndexByte(member, ':'); cut > 0 {
			lists = append(lists, Selected{Runner: member[:cut], Selector: jobs.Selector(member[cut+1:])})
		}
	}
	return lists, nil
}
