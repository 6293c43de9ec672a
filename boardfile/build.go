package boardfile

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/jobs-agent/jobs"
)

// maxPayloads bounds the payloads of a file in all, which aliases could multiply.
const maxPayloads = 512 << 20

// builder makes jobs of their mappings.
type builder struct {
	*reader
	file     *File
	table    []field
	index    map[string]int
	names    []string
	defaults []pair
	base     draft          // what they say
	specs    map[spec]error // what is wrong with the schedules that were seen
	bytes    int            // of all payloads
	has      given          // of the job that is read
}

func newBuilder(r *reader, f *File) *builder {
	b := &builder{reader: r, file: f, table: table(), index: map[string]int{}, specs: map[spec]error{}}
	for i, field := range b.table {
		b.index[field.name] = i
		b.names = append(b.names, field.name)
	}
	return b
}

// groupOf numbers the groups of keys of which a job that has one of its own inherits
// no other: a job that says when it runs does not run at the times of the defaults as
// well. 0 is no group.
func groupOf(name string) int {
	switch name {
	case "every", "cron", "schedules", "at", "after", "lambda", "step", "min", "max":
		return 1
	case "run", "command", "payload":
		return 2
	}
	return 0
}

// later are keys that people expect and that have no meaning yet, or none here.
func later(name string) string {
	switch name {
	case "in":
		return "in would be another time at each apply: give the time with at"
	case "interval":
		return "the interval of a job is its key every"
	case "id":
		return "the id of a job is the key in front of it"
	case "board_file":
		return "board_file is the key name of the file itself"
	case "backoff_delay", "backoff_factor", "backoff_cap", "backoff_jitter":
		return fmt.Sprintf("write it as backoff: {%s: ...}", strings.TrimPrefix(name, "backoff_"))
	case "keep_runs", "keep_age", "keep_outputs":
		return fmt.Sprintf("write it as keep: {%s: ...}", strings.TrimPrefix(name, "keep_"))
	case "dst_gap", "dst_overlap":
		return fmt.Sprintf("write it as dst: {%s: ...}", strings.TrimPrefix(name, "dst_"))
	}
	return ""
}

// fields are the members of a job with the fields that they are.
func (b *builder) fields(n *yaml.Node, what string) []pair {
	var own []pair
	for _, p := range b.mapping(n, what) {
		if _, known := b.index[p.name]; known {
			own = append(own, p)
		} else if why := later(p.name); why != "" {
			b.add(at(p.key), "%s", why)
		} else {
			b.unknown(p, "a job", b.names)
		}
	}
	return own
}

func (b *builder) inherit(n *yaml.Node) {
	b.defaults = b.fields(n, "defaults")
	for _, p := range b.defaults {
		b.read(&b.base, p)
	}
}

func (b *builder) read(d *draft, p pair) {
	if n := real(p.value); !isNull(n) {
		b.table[b.index[p.name]].read(b.reader, d, p.value)
	}
}

// given are the keys that a job has, its own and those that it inherits, and where.
type given []pair

func (k given) at(name string) *yaml.Node {
	for i := range k {
		if k[i].name == name {
			return k[i].key
		}
	}
	return nil
}

// job reads one job with what it inherits, and keeps it when nothing is wrong with it.
func (b *builder) job(p pair) {
	if b.full {
		return
	}
	if err := jobs.ValidateID(p.name); err != nil {
		b.add(at(p.key), "%s", reason(err))
		return
	}
	before := len(b.list)
	own := b.fields(p.value, "job "+short(p.name, 60))
	has := b.has[:0]
	whole := true // it inherits all that it does not have itself
	for _, q := range own {
		if isNull(real(q.value)) {
			whole = false
			continue
		}
		has = append(has, pair{name: q.name, key: q.key})
	}
	ownRunner := has.at("runner") != nil
	var inherited []pair
	for _, q := range b.defaults {
		switch {
		case slices.ContainsFunc(own, func(o pair) bool { return o.name == q.name }):
		case grouped(q.name, own):
			whole = false
		default:
			inherited = append(inherited, q)
			if !isNull(real(q.value)) {
				has = append(has, pair{name: q.name, key: p.key})
			}
		}
	}
	b.has = has
	d := b.base
	if !whole {
		d = draft{}
		for _, q := range inherited {
			b.read(&d, q)
		}
	}
	for _, q := range own {
		b.read(&d, q)
	}
	if len(b.list) > before {
		return
	}
	if b.bytes += len(d.Payload) + len(d.run); b.bytes > maxPayloads {
		b.full = true
		b.add(at(p.key), "aliases make the payloads of the jobs larger than %d bytes", maxPayloads)
		return
	}
	d.ID, d.BoardFile = p.name, b.file.Name
	if b.work(&d, has, ownRunner, p.key) && b.schedule(&d, has, p.key) {
		if err := d.Validate(); err != nil {
			b.add(at(p.key), "job %s: %s", short(p.name, 60), reason(err))
			return
		}
		b.file.Jobs, b.file.places = append(b.file.Jobs, d.Job), append(b.file.places, at(p.key))
	}
}

// grouped tells whether a default stands back behind what the job has itself.
func grouped(name string, own []pair) bool {
	group := groupOf(name)
	return group > 0 && slices.ContainsFunc(own, func(o pair) bool {
		return groupOf(o.name) == group && !slices.Contains([]string{"lambda", "step", "min", "max"}, o.name)
	})
}

// work settles what the job does: run, command or payload, and by which runner.
func (b *builder) work(d *draft, has given, ownRunner bool, key *yaml.Node) bool {
	wrong := func(n *yaml.Node, format string, args ...any) bool {
		b.add(at(n), "job %s: "+format, append([]any{short(d.ID, 60)}, args...)...)
		return false
	}
	run, command, payload := has.at("run"), has.at("command"), has.at("payload")
	switch {
	case run != nil && command != nil, run != nil && payload != nil, command != nil && payload != nil:
		return wrong(key, "run, command and payload each say what it does: give one of them")
	case run != nil:
		if d.Runner == "" {
			d.Runner = "shell"
		}
		if d.Runner == "exec" || d.Runner == "http" {
			return wrong(run, "run is a shell command line, and runner %s takes none: give a payload, or runner shell", d.Runner)
		}
		if strings.TrimSpace(d.run) == "" {
			return wrong(run, "run is empty")
		}
		d.Payload = d.run
	case command != nil:
		if ownRunner && d.Runner != "exec" {
			return wrong(command, "command is for the runner exec, not for %s: give a payload, or leave the runner out", d.Runner)
		}
		if len(d.command) == 0 || d.command[0] == "" {
			return wrong(command, "command is empty")
		}
		text, err := argvText(d.command)
		if err != nil {
			return wrong(command, "%v", err)
		}
		d.Runner, d.Payload = "exec", text
	case d.Runner == "" || payload == nil && (d.Runner == "shell" || d.Runner == "exec"):
		return wrong(key, "it does not say what to do: give run, command, or runner and payload")
	}
	return true
}
