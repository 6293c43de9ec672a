package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/board"
	"github.com/jobs-agent/jobs/boardfile"
)

// exportFlags say what is exported, and as what.
type exportFlags struct {
	as, file, zone string
	system         bool
}

func newExport(g *globals) *cobra.Command {
	var flags exportFlags
	cmd := &cobra.Command{
		Use:     "export",
		GroupID: groupBoards,
		Short:   "Write the jobs of the board as a board file or a crontab",
		Long: `A board file that is applied again changes nothing. What a crontab cannot hold, or
holds with another meaning, is said on standard error.`,
		Example: `  jobs-agent export > jobs.yaml
  jobs-agent export --file nightly > nightly.yaml
  jobs-agent export --as crontab --system`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.check(g, cmd); err != nil {
				return err
			}
			return g.onBoard(func(ctx context.Context, cmd *cobra.Command, b *board.Board, _ []string) error {
				return flags.export(ctx, cmd, b)
			})(cmd, args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.as, "as", asYAML, "`form`: yaml (a board file) or crontab")
	f.StringVar(&flags.file, "file", "", "only the jobs that the board file of this `name` has put there")
	f.BoolVar(&flags.system, "system", false, "a crontab with a column for the user, as in /etc/cron.d (default when a job runs as somebody)")
	f.StringVar(&flags.zone, "timezone", "", "`zone` of the cron that is to read it (default: the one of this host)")
	choices(cmd, "as", "yaml", "crontab")
	return cmd
}

func (e *exportFlags) check(g *globals, cmd *cobra.Command) error {
	if e.as != asYAML && e.as != "crontab" {
		return usage(cmd.CommandPath(), "--as %q: allowed are yaml, crontab", e.as)
	}
	if g.output != "" && g.output != asYAML {
		return usage(cmd.CommandPath(), "export writes YAML or, with --as crontab, a crontab; jobs-agent list and dump write %s", g.output)
	}
	if e.as == asYAML && (e.system || e.zone != "") {
		return usage(cmd.CommandPath(), "--system and --timezone are for --as crontab")
	}
	zone, err := hostZone(g, e.zone)
	if err != nil {
		return usage(cmd.CommandPath(), "%w", err)
	}
	e.zone = zone
	return nil
}

func (e *exportFlags) export(ctx context.Context, cmd *cobra.Command, b *board.Board) error {
	now, err := b.Now(ctx)
	if err != nil {
		return err
	}
	var list []jobs.Job
	for entry, err := range b.Jobs(ctx) {
		switch {
		case err != nil:
			return err
		case e.file != "" && entry.Job.BoardFile != e.file:
		case entry.Job.Runner == "":
			say(cmd, "%s: not written: its metadata cannot be read", printable(entry.ID))
		default:
			list = append(list, tidy(entry.Job, now))
		}
	}
	slices.SortFunc(list, func(a, b jobs.Job) int { return cmp.Compare(a.ID, b.ID) })
	// A walk may answer a job twice.
	list = slices.CompactFunc(list, func(a, b jobs.Job) bool { return a.ID == b.ID })
	if e.as == "crontab" {
		return e.crontab(cmd, list)
	}
	layout := boardfile.Layout{Name: onlyFile(list)}
	if b.Name() != "jobs" {
		layout.Board = b.Name()
	}
	text, err := boardfile.Write(list, layout)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return write(cmd, text)
}

// tidy leaves out a start that says no more than when the job was put.
func tidy(job jobs.Job, now time.Time) jobs.Job {
	counts := job.Interval > 0 || slices.ContainsFunc(append([]string{job.Cron}, job.Also...), func(expr string) bool {
		return strings.HasPrefix(strings.ToLower(strings.TrimSpace(expr)), "@every")
	})
	if job.Planned() && !counts && !job.Start.After(now) {
		job.Start = time.Time{}
	}
	return job
}

// onlyFile is the board file that all of the jobs are of, if they are of one.
func onlyFile(list []jobs.Job) string {
	if len(list) == 0 || slices.ContainsFunc(list, func(j jobs.Job) bool { return j.BoardFile != list[0].BoardFile }) {
		return ""
	}
	return list[0].BoardFile
}

func (e *exportFlags) crontab(cmd *cobra.Command, list []jobs.Job) error {
	system := e.system || !cmd.Flags().Changed("system") && slices.ContainsFunc(list, boardfile.NamesUser)
	text, remarks := boardfile.WriteCrontab(list, system, e.zone)
	if err := write(cmd, text); err != nil {
		return err
	}
	for _, r := range remarks {
		say(cmd, "%s: %s", printable(r.Job), r.Says)
	}
	return nil
}
