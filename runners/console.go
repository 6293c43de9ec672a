package runners

import (
	"context"
	"fmt"

	"github.com/jobs-agent/jobs"
)

// console prints the payload and a newline, as the console runner of 2014 did.
func console(ctx context.Context, a *jobs.Attempt) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if _, err := a.Output.Write([]byte(a.Payload + "\n")); err != nil {
		return fmt.Errorf("print payload: %w", err)
	}
	return nil
}
