package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/jobs-agent/jobs/runners"
)

// runnersKey is the key runners of the settings file: a list of TYPE and TYPE=COMMAND,
// or a mapping from types to what is to be said of them.
type runnersKey struct {
	list  []string
	types map[string]*runnerKey
}

// runnerKey is what the file says of one type.
type runnerKey struct {
	Command string               `yaml:"command"`
	User    string               `yaml:"user"`
	Group   string               `yaml:"group"`
	Cwd     string               `yaml:"cwd"`
	Umask   octal                `yaml:"umask"`
	Env     []string             `yaml:"env"`
	Set     map[string]string    `yaml:"set"`
	EnvFrom map[string]secretKey `yaml:"env_from"`
	Nice    int                  `yaml:"nice"`
	Limits  limitsKey            `yaml:"limits"`
	Local   bool                 `yaml:"local"`
}

// octal is a number as it is written. As one of YAML 027 would be twenty-three.
type octal string

// UnmarshalYAML takes the text, with or without quotes.
func (o *octal) UnmarshalYAML(text []byte) error {
	*o = octal(strings.Trim(strings.TrimSpace(string(text)), `"'`))
	return nil
}

type limitsKey struct {
	Files     int64   `yaml:"files"`
	Processes int64   `yaml:"processes"`
	FileSize  string  `yaml:"file_size"`
	Memory    string  `yaml:"memory"`
	CPU       float64 `yaml:"cpu"`
}

type secretKey struct {
	File    string `yaml:"file"`
	Env     string `yaml:"env"`
	Command string `yaml:"command"`
}

// UnmarshalYAML reads either form.
func (k *runnersKey) UnmarshalYAML(read func(any) error) error {
	if err := read(&k.types); err == nil {
		return nil
	} else if read(&k.list) != nil {
		return err // of the mapping, which is the one with more to get wrong
	}
	k.types = nil
	return nil
}

// specs are the types and their commands, as the flag has them.
func (k *runnersKey) specs() []string {
	if k.types == nil {
		return k.list
	}
	specs := make([]string, 0, len(k.types))
	for _, kind := range slices.Sorted(maps.Keys(k.types)) {
		if about := k.types[kind]; about != nil && about.Command != "" {
			kind += "=" + about.Command
		}
		specs = append(specs, kind)
	}
	return specs
}

// options are what is said of the types besides.
func (k *runnersKey) options() (map[string]runners.Config, error) {
	options := map[string]runners.Config{}
	for kind, about := range k.types {
		if about == nil {
			continue
		}
		config, err := about.config()
		if err != nil {
			return nil, fmt.Errorf("runners: %s: %w", kind, err)
		}
		options[kind] = config
	}
	return options, nil
}

func (k *runnerKey) config() (runners.Config, error) {
	c := runners.Config{
		Inherit: k.Env, Dir: k.Cwd, HTTPLocal: k.Local,
		Bounds: runners.Bounds{
			User: k.User, Group: k.Group, Umask: string(k.Umask), Nice: k.Nice, Files: k.Limits.Files, Processes: k.Limits.Processes,
			CPU: k.Limits.CPU,
		},
	}
	var err error
	if c.Bounds.FileSize, err = bytesOf("file_size", k.Limits.FileSize); err != nil {
		return c, err
	}
	if c.Bounds.Memory, err = bytesOf("memory", k.Limits.Memory); err != nil {
		return c, err
	}
	for _, name := range slices.Sorted(maps.Keys(k.Set)) {
		c.Set = append(c.Set, name+"="+k.Set[name])
	}
	for name, place := range k.EnvFrom {
		if c.Secrets == nil {
			c.Secrets = map[string]runners.Secret{}
		}
		c.Secrets[name] = runners.Secret(place)
	}
	return c, nil
}

// bytesOf reads the size of a limit; none is 0.
func bytesOf(limit, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := humanize.ParseBytes(text)
	if err != nil || n == 0 || n > 1<<62 {
		return 0, fmt.Errorf("limits: %s %q: want a size such as 512MiB", limit, text)
	}
	return int64(n), nil
}

// served is what a host serves.
type served struct {
	specs   []string
	options map[string]runners.Config
	from    map[string]string // type -> where it was said
	remarks []string          // what was found in runner folders and is not served
}

// serve puts together what is served: types by name, and those of the runner folders,
// which stand back behind them. What the file says of a type counts for it wherever the
// type itself was named.
func serve(f *file, specs []string, source string, folders []string) (served, error) {
	s := served{from: map[string]string{}}
	var err error
	if s.options, err = f.Runners.options(); err != nil {
		return s, fmt.Errorf("%s: %w", f.path, err)
	}
	for _, spec := range specs {
		if spec = strings.TrimSpace(spec); spec == "" {
			continue
		}
		kind, _, _ := strings.Cut(spec, "=")
		s.specs, s.from[kind] = append(s.specs, spec), source
	}
	found, remarks := runners.Folders(folders)
	s.remarks = remarks
	for _, program := range found {
		if by, taken := s.from[program.Type]; taken {
			s.remarks = append(s.remarks, fmt.Sprintf("%s is passed over: %s is served already (%s)", program.File, program.Type, by))
			continue
		}
		s.specs, s.from[program.Type] = append(s.specs, program.Spec()), "folder "+program.File
	}
	return s, nil
}
