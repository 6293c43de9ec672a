package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/boardfile"
	"github.com/jobs-agent/jobs/calendar"
)

func newImport(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "import",
		GroupID: groupBoards,
		Short:   "Make a board file of crontabs",
		Example: "  jobs-agent import crontab > jobs.yaml",
		Args:    knownVerb,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newImportCrontab(g))
	return cmd
}

// importFlags say how crontabs are read.
type importFlags struct {
	user, system bool
	name, zone   string
}

func newImportCrontab(g *globals) *cobra.Command {
	var flags importFlags
	cmd := &cobra.Command{
		Use:   "crontab [FILE...]",
		Short: "Write a board file of crontabs, and say what changes its meaning",
		Long: `Without a FILE it is your crontab, or with --system those of this host; - is standard
input. The board file goes to standard output. To standard error goes what could not
be imported, and what means something else than with cron. Nothing is put on a board.

Files of the system have a column with the user. They are known by their names,
/etc/crontab and those in a folder cron.d; of others --system says so.`,
		Example: `  jobs-agent import crontab > jobs.yaml
  jobs-agent import crontab --system > host.yaml
  jobs-agent import crontab /etc/cron.d/munin`,
		RunE: func(cmd *cobra.Command, args []string) error { return flags.run(g, cmd, args) },
	}
	f := cmd.Flags()
	f.BoolVarP(&flags.user, "user", "u", false, "crontabs of users, without a column for the user")
	f.BoolVar(&flags.system, "system", false, "crontabs of the system, with a column for the user")
	f.StringVar(&flags.name, "name", "", "`name` of the board file (default: that of the crontab, or crontab)")
	f.StringVar(&flags.zone, "timezone", "", "`zone` that cron runs in (default: the one of this host)")
	return cmd
}

func (f *importFlags) run(g *globals, cmd *cobra.Command, args []string) error {
	if f.user && f.system {
		return usage(cmd.CommandPath(), "-u and --system contradict one another")
	}
	zone, err := hostZone(g, f.zone)
	if err != nil {
		return usage(cmd.CommandPath(), "%w", err)
	}
	tabs, err := f.tabs(cmd, args)
	if err != nil {
		return err
	}
	found := boardfile.ReadCrontabs(tabs, zone)
	name := f.name
	if name == "" {
		name = "crontab"
		if len(tabs) == 1 && boardfile.BaseName(tabs[0].Name) != "" {
			name = boardfile.BaseName(tabs[0].Name)
		}
	}
	text, err := found.BoardFile(name, zone)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	if err := write(cmd, text); err != nil {
		return err
	}
	fmt.Fprint(cmd.ErrOrStderr(), found.Text(zone))
	return nil
}

func (f *importFlags) tabs(cmd *cobra.Command, args []string) ([]boardfile.Crontab, error) {
	if len(args) == 0 && !f.system {
		text, err := exec.CommandContext(cmd.Context(), "crontab", "-l").Output()
		if err != nil {
			var exit *exec.ExitError
			if errors.As(err, &exit) && len(exit.Stderr) > 0 {
				return nil, fmt.Errorf("read your crontab: %s", strings.TrimSpace(string(exit.Stderr)))
			}
			return nil, fmt.Errorf("read your crontab: %w; give its file, or - for standard input", err)
		}
		return []boardfile.Crontab{{Name: "crontab", Text: text}}, nil
	}
	if len(args) == 0 {
		args = systemCrontabs()
		if len(args) == 0 {
			return nil, errors.New("there is neither /etc/crontab nor a file in /etc/cron.d: give the files")
		}
	}
	var tabs []boardfile.Crontab
	for _, name := range args {
		from, err := input(cmd, name)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(io.LimitReader(from, maxCrontab+1))
		_ = from.Close() // it was only read
		if err == nil && len(text) > maxCrontab {
			err = fmt.Errorf("it has more than %d bytes", maxCrontab)
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		tabs = append(tabs, boardfile.Crontab{Name: name, Text: text, System: f.system || !f.user && boardfile.IsSystem(name)})
	}
	return tabs, nil
}

// maxCrontab bounds a crontab.
const maxCrontab = 8 << 20

// cronName is what cron takes for the name of a crontab: no copies of editors and of
// package managers.
var cronName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func systemCrontabs() []string {
	var list []string
	if _, err := os.Stat("/etc/crontab"); err == nil {
		list = append(list, "/etc/crontab")
	}
	files, _ := filepath.Glob("/etc/cron.d/*") // the pattern is good
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && cronName.MatchString(filepath.Base(file)) {
			list = append(list, file)
		}
	}
	return list
}

// hostZone is the time zone that is named, or else that of this host: TZ,
// /etc/timezone, or what /etc/localtime points to; UTC if none of them tells.
func hostZone(g *globals, named string) (string, error) {
	if named != "" {
		_, err := calendar.Compile("x", jobs.Schedule{Cron: "@daily", Timezone: named})
		return named, err
	}
	timezone, _ := os.ReadFile("/etc/timezone")
	local, _ := filepath.EvalSymlinks("/etc/localtime")
	_, local, _ = strings.Cut(local, "zoneinfo/")
	for _, zone := range []string{strings.TrimPrefix(g.env("TZ"), ":"), strings.TrimSpace(string(timezone)), local} {
		if _, err := calendar.Compile("x", jobs.Schedule{Cron: "@daily", Timezone: zone}); err == nil && zone != "" && !slices.Contains([]string{"Etc/UTC", "UTC"}, zone) {
			return zone, nil
		} else if err == nil && zone != "" {
			return "UTC", nil
		}
	}
	return "UTC", nil
}
