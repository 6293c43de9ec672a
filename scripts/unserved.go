package scripts

import "context"

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
