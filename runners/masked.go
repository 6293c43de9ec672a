package runners

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/jobs-agent/jobs"
)

// masked is a runner that lets no secret out: not in the output, which is masked before
// it is cut into pieces or cut short anywhere, nor in the result or an error.
type masked struct {
	jobs.Runner
	secrets *matcher
}

// Run implements jobs.Runner.
func (r masked) Run(ctx context.Context, a *jobs.Attempt) error {
	whole := a.Output
	out := newMasker(whole, r.secrets)
	a.Output = out
	err := r.Runner.Run(ctx, a)
	_ = out.Close()
	a.Output = whole
	a.Result = r.secrets.text(a.Result)
	var exit *jobs.ExitError
	if err == nil || errors.As(err, &exit) {
		return err
	}
	if text := r.secrets.text(err.Error()); text != err.Error() {
		return maskedError{text, err}
	}
	return err
}

// maskedError is an error whose text held a secret.
type maskedError struct {
	text string
	err  error
}

func (e maskedError) Error() string { return e.text }

func (e maskedError) Unwrap() error { return e.err }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
