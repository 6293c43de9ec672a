package units

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// fleetKeys are all that [X-Fleet] may hold.
const fleetKeys = "MachineID MachineOf MachineMetadata Conflicts Global Replaces"

var pair = regexp.MustCompile(`^[A-Za-z0-9_.-]+=[^\s=]+$`)

// Fleet finds what is wrong with a unit in a set that is submitted to fleet, by
// fleet's rules and by those that it forgets. all are the names of the set.
func Fleet(u *Unit, all []string) []string {
	f := &faults{unit: u}
	one := func(key string) string { return u.One("X-Fleet", key) }
	has := func(key string) bool { return len(u.All("X-Fleet", key)) > 0 }
	keys := u.keys("X-Fleet")
	if len(keys) == 0 {
		f.add("[X-Fleet] is missing or empty: fleet would put it anywhere")
	}
	for _, key := range keys {
		if !slices.Contains(strings.Fields(fleetKeys), key) {
			f.add("[X-Fleet] %s: fleet ignores it without a word; there are %s", key, fleetKeys)
		}
	}
	if len(u.keys("Install")) > 0 {
		f.add("[Install]: fleet starts units, nothing enables them")
	}
	if has("Global") && one("Global") != "true" && one("Global") != "false" {
		f.add("Global=%s: anything but true is false, without a word", one("Global"))
	}
	if one("Global") == "true" {
		for _, key := range keys {
			if key != "Global" && key != "MachineMetadata" && key != "Conflicts" {
				f.add("Global=true excludes %s", key)
			}
		}
	}
	for key, excluded := range map[string]string{"MachineID": "Conflicts MachineOf Replaces", "Conflicts": "Replaces"} {
		for _, other := range strings.Fields(excluded) {
			if has(key) && has(other) {
				f.add("%s excludes %s", key, other)
			}
		}
	}
	for _, line := range u.All("X-Fleet", "MachineMetadata") {
		for _, word := range strings.Fields(line) {
			if !pair.MatchString(strings.Trim(word, `"`)) {
				f.add("MachineMetadata=%s: want KEY=VALUE; fleet ignores the rest without a word", line)
			}
		}
	}
	for _, target := range u.All("X-Fleet", "MachineOf") {
		if !slices.Contains(all, target) {
			f.add("MachineOf=%s: there is no such unit, and it would never start", target)
		}
	}
	for _, glob := range u.All("X-Fleet", "Conflicts") {
		f.conflicts(glob, all)
	}
	if strings.Contains(u.Name, "@.") != strings.Contains(u.One("Unit", "Description"), "%i") {
		f.add("Description=%s: instances are told apart by %%i, and only they have one", u.One("Unit", "Description"))
	}
	slices.Sort(f.list)
	return f.list
}

// conflicts looks at what a glob hits: the instances of the template alone, not a
// unit that works beside them.
func (f *faults) conflicts(glob string, all []string) {
	if _, err := path.Match(glob, ""); err != nil {
		f.add("Conflicts=%s: %v", glob, err)
		return
	}
	for _, name := range all {
		if hit, _ := path.Match(glob, name); hit && name != f.unit.Name {
			f.add("Conflicts=%s hits %s, which is to run beside it", glob, name)
		}
	}
	if instance := strings.Replace(f.unit.Name, "@.", "@1.", 1); instance != f.unit.Name {
		if hit, _ := path.Match(glob, instance); !hit {
			f.add("Conflicts=%s does not hit %s: two could share a machine", glob, instance)
		}
	}
}
