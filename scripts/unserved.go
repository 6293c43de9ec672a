package scripts

import "context"

// Junserved notes in the ledger for which of the types, which no live agent serves,
// runs wait, and answers how many these are.
func (c *Commands) Junserved(ctx context.Context, now string, types []string) (int64, error) {
	args := make([]any, 0, 2+len(types))
	args = append(args, now, len(types))
	for _, kind := range types {
		args = append(args, kind)
	}
	return c.integer(ctx, "junserved", c.prefixed(c.keys.Unserved()), args...)
}
