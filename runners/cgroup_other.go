//go:build unix && !linux

package runners

import (
	"errors"
	"fmt"
)

func groundFor(controllers []string) (string, error) {
	if len(controllers) == 0 {
		return "", nil
	}
	return "", fmt.Errorf("limits: %w", CanLimitRuns())
}

// CanLimitRuns says that runs cannot have limits of memory and processor.
func CanLimitRuns() error { return errors.New("memory and cpu of a run need Linux") }
