package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		GroupID: groupAdmin,
		Short:   "Print the version",
		Example: "  jobs-agent version -o json",
		Args:    takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			v := buildVersion()
			return g.give(cmd, answer{doc: v, names: []string{v.Version}, text: func(p *page) {
				fmt.Fprintf(p, "jobs-agent %s (%s, %s)\n", v.Version, v.Go, v.Platform)
			}})
		},
	}
}

// build is what is known of the program itself.
type build struct {
	Version  string  `json:"version"`
	Commit   *string `json:"commit"`
	Go       string  `json:"go"`
	Platform string  `json:"platform"`
}

func buildVersion() build {
	b := build{Version: "dev", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Commit = known(s.Value)
		}
	}
	return b
}
