package devstore

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"

	"github.com/jobs-agent/jobs/internal/embedded"
)

// memory is a store in this process. Every user of the machine can reach its port
// and a job may be a command line, so it asks for a password.
type memory struct{ store *embedded.Store }

func startMemory() (memory, error) {
	store, err := embedded.Start(rand.Text())
	if err != nil {
		return memory{}, fmt.Errorf("start the store in memory: %w", err)
	}
	return memory{store}, nil
}

func (m memory) url() string { return m.store.URL() }

func (memory) kind() string { return Memory }

func (memory) pid() int { return os.Getpid() }

func (m memory) close(context.Context) error {
	m.store.Close()
	return nil
}
