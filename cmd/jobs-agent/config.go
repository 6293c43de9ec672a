package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs/scripts"
)

func newConfig(g *globals) *cobra.Command {
	var flags agentFlags
	cmd := &cobra.Command{
		Use:     "config",
		GroupID: groupAdmin,
		Short:   "Print the settings in force and where each comes from, secrets masked",
		Long:    "A flag wins over the environment, that over the file, that over the default.",
		Example: `  jobs-agent config --config ./agent.yaml
  JOBS_BOARD=night jobs-agent config -o json`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			url, err := g.url(cmd)
			if err != nil {
				return err
			}
			if _, err := flags.config(g, cmd); err != nil {
				return err
			}
			return g.giveSettings(cmd, url)
		},
	}
	flags.declare(cmd)
	return cmd
}

// inForce is the value of a setting.
type inForce struct {
	Value  string `json:"value"`
	Source string `json:"source"`
}

func (g *globals) giveSettings(cmd *cobra.Command, url string) error {
	docs := map[string]inForce{}
	var names []string
	add := func(name, value, source string) {
		name = strings.ReplaceAll(name, "-", "_")
		docs[name] = inForce{value, source}
		names = append(names, name)
	}
	for _, s := range settings() {
		flag := cmd.Flags().Lookup(s.flag)
		switch {
		case flag == nil, s.flag == "host", s.flag == "port": // they are in the URL
		case s.flag == "redis":
			_, source, err := g.named(cmd)
			if err != nil {
				return err
			}
			if source == fromDefault {
				source = g.sources["redis"] // a dev store, perhaps
			}
			add(s.flag, scripts.Masked(url), source)
		default:
			add(s.flag, strings.Trim(flag.Value.String(), "[]"), g.sources[s.flag])
		}
	}
	for _, secret := range []struct{ name, variable string }{{"gossip_key", gossipKey}, {"sentinel_password", sentinelPassword}} {
		if g.env(secret.variable) != "" {
			add(secret.name, "***", fromEnvironment+" "+secret.variable)
		}
	}
	return g.give(cmd, answer{doc: docs, names: names, text: func(p *page) {
		t := newTable(p, "SETTING", "VALUE", "SOURCE")
		for _, name := range names {
			t.add(name, orDash(docs[name].Value), docs[name].Source)
		}
		t.flush()
	}})
}
