package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/boardfile"
)

// defaultFile is read when it is there.
const defaultFile = "/etc/jobs-agent/agent.yaml"

// file is the settings file. Keys that are absent are nil.
type file struct {
	Redis          *string           `yaml:"redis"`
	Board          *string           `yaml:"board"`
	Name           *string           `yaml:"name"`
	Runners        runnersKey        `yaml:"runners"`
	RunnerFolders  []string          `yaml:"runner_folders"`
	Concurrency    *int              `yaml:"concurrency"`
	Labels         map[string]string `yaml:"labels"`
	Gossip         *string           `yaml:"gossip"`
	Join           []string          `yaml:"join"`
	GossipKeyFile  *string           `yaml:"gossip_key_file"`
	HTTP           *string           `yaml:"http"`
	Lease          *string           `yaml:"lease"`
	Drain          *string           `yaml:"drain"`
	TickOnEviction *bool             `yaml:"tick_on_eviction"`
	LogLevel       *string           `yaml:"log_level"`
	LogFormat      *string           `yaml:"log_format"`
	LogSinks       []string          `yaml:"log_sinks"`

	path string
}

func (g *globals) readFile(cmd *cobra.Command) (*file, error) {
	path, asked := g.config, true
	if path == "" {
		path = g.env("JOBS_CONFIG")
	}
	if path == "" {
		path, asked = defaultFile, false
	}
	text, err := os.ReadFile(path)
	switch {
	case err == nil:
	case !asked && errors.Is(err, fs.ErrNotExist):
		return &file{}, nil
	case !asked && errors.Is(err, fs.ErrPermission) && cmd.Flags().Lookup("runner") == nil:
		// It is the agent's, which may hold a password that is nobody else's matter.
		return &file{}, nil
	default:
		return nil, usage(cmd.CommandPath(), "read the settings: %w", err)
	}
	f := &file{path: path}
	if err := boardfile.Unmarshal(text, f); err != nil {
		return nil, usage("", "%s: %w", path, err)
	}
	return f, nil
}

// secretFile reads a file that holds one secret, without the line end that editors
// put behind it.
func secretFile(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read a secret: %w", err)
	}
	for len(text) > 0 && (text[len(text)-1] == '\n' || text[len(text)-1] == '\r') {
		text = text[:len(text)-1]
	}
	return string(text), nil
}
