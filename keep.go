package jobs

import (
	"fmt"
	"time"
)

// Keep says how much is kept of what a job's runs were; what is 0 is the default.
type Keep struct {
	Runs    int           // ended runs in the history, 100 if 0
	Age     time.Duration // how old they may be, 30 days since the last one if 0
	Outputs int           // ended runs whose output is kept, 20 if 0
}

func (k Keep) validate() error {
	switch {
	case k.Runs < 0 || k.Runs > 10000:
		return fmt.Errorf("%w: keep_runs %d: 1 to 10000 are allowed", ErrInvalid, k.Runs)
	case k.Outputs < 0 || k.Outputs > 1000:
		return fmt.Errorf("%w: keep_outputs %d: 1 to 1000 are allowed", ErrInvalid, k.Outputs)
	case k.Age < 0 || k.Age > 366*24*time.Hour || k.Age > 0 && k.Age < time.Second:
		return fmt.Errorf("%w: keep_age %v: 1s to 366 days are allowed", ErrInvalid, k.Age)
	}
	return nil
}
