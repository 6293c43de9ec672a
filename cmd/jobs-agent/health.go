package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func newHealth(g *globals) *cobra.Command {
	var address string
	var live bool
	within := span{d: 3 * time.Second}
	cmd := &cobra.Command{
		Use:     "health",
		GroupID: groupCluster,
		Short:   "Ask the agent of this host whether it is ready, for health checks: exit code 0 or 1",
		Long: `The agent is found as it was started: --http, JOBS_HTTP or http in the file name its
address, which needs a port that is not 0. An agent is not ready while it starts and while Redis is
out of reach; with --live it is asked only whether it is stuck, which is what to restart it for.`,
		Example: `  jobs-agent health --http 127.0.0.1:7070
  jobs-agent health --live`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := g.settle(cmd); err != nil {
				return err
			}
			target, err := healthTarget(address)
			if err != nil {
				return usage(cmd.CommandPath(), "%w", err)
			}
			path := "/readyz"
			if live {
				path = "/livez"
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), within.d)
			defer cancel()
			text, err := askHealth(ctx, "http://"+target+path)
			if err != nil {
				return fmt.Errorf("agent at %s: %w", target, err)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), text)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&address, "http", "", "`address` that the agent was given by its --http")
	f.BoolVar(&live, "live", false, "ask whether it is stuck, not whether it is ready")
	f.Var(&within, "timeout", "how long to wait for the answer")
	return cmd
}

// healthTarget is where an agent that listens on an address is asked from the same
// host.
func healthTarget(address string) (string, error) {
	if address == "" {
		return "", errors.New("the address of the agent is not known: --http, JOBS_HTTP or http in the file names it")
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("http address %q: write it as HOST:PORT", address)
	}
	if port == "0" || port == "" {
		return "", fmt.Errorf("http address %q: it says any free port; give the agent one that is known", address)
	}
	switch ip := net.ParseIP(host); {
	case host == "", ip != nil && ip.Equal(net.IPv4zero):
		host = "127.0.0.1"
	case ip != nil && ip.IsUnspecified():
		host = "::1"
	}
	return net.JoinHostPort(host, port), nil
}

// askHealth answers what the agent says when all is well.
func askHealth(ctx context.Context, url string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	// No proxy of the environment stands between a host and itself.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 4<<10))
	text := strings.TrimSpace(string(body))
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("it answers %d: %s", response.StatusCode, text)
	}
	return text, err
}
