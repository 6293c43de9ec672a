package scripts

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
)

// List is a list in which runs of a runner type wait, by its key.
type List struct {
	Key      string
	Runner   string
	Selector jobs.Selector // of those that are for some agents only; else empty
}

// Selectors answers which lists there are for agents that match selectors. One of the
// selector `all` says that agents have lists of their own of the type, see jobs.Only.
func (c *Commands) Selectors(ctx context.Context) ([]List, error) {
	members, err := c.rdb.ZRange(ctx, c.keys.Selectors(), 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("read which hosts runs are for: %w", Translate(err))
	}
	return c.selected(members), nil
}

func (c *Commands) selected(members []string) []List {
	lists := make([]List, 0, len(members))
	for _, member := range members {
		if cut := strings.LastIndexByte(member, ':'); cut > 0 {
			runner, selector := member[:cut], jobs.Selector(member[cut+1:])
			lists = append(lists, List{Key: c.keys.Selected(runner, selector), Runner: runner, Selector: selector})
		}
	}
	return lists
}

// Lists answers all lists of runner types: of each those of high, normal and low
// priority in this order, and then, by selector, those for some agents only.
func (c *Commands) Lists(ctx context.Context, runners ...string) ([]List, error) {
	pipe := c.rdb.Pipeline()
	found := []*redis.StringSliceCmd{pipe.ZRange(ctx, c.keys.Selectors(), 0, -1), pipe.ZRange(ctx, c.keys.Shares(), 0, -1)}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("read which hosts runs are for: %w", Translate(err))
	}
	some := map[string][]List{}
	for _, list := range c.selected(slices.Concat(found[0].Val(), found[1].Val())) {
		if list.Selector != jobs.Selector(jobs.AllHosts) {
			some[list.Runner] = append(some[list.Runner], list)
		}
	}
	var lists []List
	for _, runner := range runners {
		for _, key := range c.keys.Lists(runner) {
			lists = append(lists, List{Key: key, Runner: runner})
		}
		slices.SortFunc(some[runner], func(a, b List) int { return strings.Compare(a.Key, b.Key) })
		lists = append(lists, some[runner]...)
	}
	return lists, nil
}

func names(lists []List) []string {
	keys := make([]string, 0, len(lists))
	for _, list := range lists {
		keys = append(keys, list.Key)
	}
	return keys
}
