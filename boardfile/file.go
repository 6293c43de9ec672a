package boardfile

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/jobs-agent/jobs"
)

// File is what a board file says.
type File struct {
	Board string     // name of the board; empty: whichever the user means
	Name  string     // name of the board file, which its jobs bear
	Jobs  []jobs.Job // sorted by id, each valid

	as     string  // the name that it is given
	places []place // of the jobs, in the same order
	notes  notes
}

// Parse reads a board file. Name is that of the file, for errors and as the default
// of the board file's name; vars are the values of variables, for instance those of
// the environment. The error is a Problems with everything that is wrong.
func Parse(name string, text []byte, vars map[string]string) (File, error) {
	return ParseAs("", name, text, vars)
}

// ParseAs is Parse for a board file that is given another name than it says, if that
// is not empty.
func ParseAs(as, name string, text []byte, vars map[string]string) (File, error) {
	f := File{Name: BaseName(name), as: as}
	r := &reader{tree: tree{notes: notes{file: name}}}
	r.variable = func(name string) (string, bool) {
		value, ok := vars[name]
		return value, ok
	}
	root := r.parse(text)
	switch {
	case root != nil:
		r.board(root, &f, vars)
	case len(r.list) == 0:
		r.add(place{}, "the file is empty: a board file looks like\n  jobs:\n    hello: {every: 10s, run: echo hello}")
	}
	if err := r.err(); err != nil {
		return File{}, err
	}
	f.notes = notes{file: name, text: text}
	return f, nil
}

// place is where a job stands.
func (f File) place(id string) place {
	if i, ok := slices.BinarySearchFunc(f.Jobs, id, func(j jobs.Job, id string) int { return cmp.Compare(j.ID, id) }); ok {
		return f.places[i]
	}
	return place{}
}

// sort brings the jobs in the order of their ids. Jobs are large: they are moved once.
func (f *File) sort() {
	order := make([]int, len(f.Jobs))
	for i := range order {
		order[i] = i
	}
	byID := func(a, b int) int { return cmp.Compare(f.Jobs[a].ID, f.Jobs[b].ID) }
	if slices.IsSortedFunc(order, byID) {
		return
	}
	slices.SortFunc(order, byID)
	list, places := make([]jobs.Job, len(order)), make([]place, len(order))
	for to, from := range order {
		list[to], places[to] = f.Jobs[from], f.places[from]
	}
	f.Jobs, f.places = list, places
}

// BaseName is the name of a board file that does not say its name: that of the file
// without folder and extension.
func BaseName(file string) string {
	base := path.Base(strings.ReplaceAll(file, `\`, "/"))
	if base == "-" || base == "/" || base == "." {
		return ""
	}
	if cut := strings.LastIndexByte(base, '.'); cut > 0 {
		base = base[:cut]
	}
	return base
}

// board reads the top of the file.
func (r *reader) board(root *yaml.Node, f *File, vars map[string]string) {
	known := []string{"board", "name", "vars", "defaults", "jobs"}
	parts := map[string]*yaml.Node{}
	for _, p := range r.mapping(root, "a board file") {
		switch {
		case slices.Contains(known, p.name):
			parts[p.name] = p.value
		case !strings.HasPrefix(p.name, "x-"):
			r.unknown(p, "a board file", known)
		}
	}
	if n := parts["vars"]; n != nil {
		r.vars(n, vars)
	}
	if n := parts["board"]; n != nil {
		f.Board, _ = r.text(n, "board")
	}
	if n := parts["name"]; n != nil {
		f.Name, _ = r.text(n, "name")
	}
	if f.as != "" {
		f.Name = f.as
	}
	if err := jobs.ValidateID(f.Name); err != nil {
		where := place{}
		if n := parts["name"]; n != nil {
			where = at(n)
		}
		r.add(where, "the board file needs a name, by the key name or --name: it is %q", f.Name)
	}
	if parts["jobs"] == nil && !r.full {
		r.add(at(root), "the key jobs is missing")
		return
	}
	b := newBuilder(r, f)
	if n := parts["defaults"]; n != nil {
		b.inherit(n)
	}
	pairs := r.mapping(parts["jobs"], "jobs")
	f.Jobs, f.places = make([]jobs.Job, 0, len(pairs)), make([]place, 0, len(pairs))
	for _, p := range pairs {
		b.job(p)
	}
	f.sort()
	r.circles(f)
}

// vars are the values of variables that are not given otherwise.
func (r *reader) vars(n *yaml.Node, given map[string]string) {
	own := map[string]string{}
	r.variable = func(name string) (string, bool) {
		if value, ok := given[name]; ok {
			return value, true
		}
		value, ok := own[name]
		return value, ok
	}
	for _, p := range r.mapping(n, "vars") {
		if !isName(p.name) {
			r.add(at(p.key), "%q is no name of a variable: letters, digits and _ are allowed", short(p.name, 40))
		} else if value, ok := r.text(p.value, "variable "+p.name); ok {
			own[p.name] = value
		}
	}
}

// unknown notes a key that has no meaning where it stands.
func (r *reader) unknown(p pair, where string, known []string) {
	hint := meant(p.name, known)
	if hint == "" {
		hint = "; known are " + strings.Join(known, ", ")
	}
	r.add(at(p.key), "%s has no key %q%s", where, short(p.name, 60), hint)
}
