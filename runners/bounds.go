package runners

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"strconv"
)

// Bounds say as whom and within which limits the programs of a type run. The zero
// value says nothing: as the agent, with its limits.
type Bounds struct {
	User  string // name or number
	Group string // name or number; empty: the user's own, and its further ones
	Umask string // octal, as in chmod; empty: the agent's
	Nice  int    // -20 to 19; 0: the agent's

	Files     int64 // open files of a process; 0: the agent's limit
	Processes int64 // of the user on this host, by whatever started; 0: the agent's limit
	FileSize  int64 // bytes of a file that a process writes; 0: the agent's limit

	// Of all processes of a run together, by a cgroup of its own.
	Memory int64   // bytes; 0: no limit
	CPU    float64 // processors, 1.5 for one and a half; 0: no limit
}

const (
	// minFiles is what the supervisor process, which has the limit too, needs itself.
	minFiles = 64
	maxFiles = 1 << 20
	// minMemory is what next to no program starts with.
	minMemory = 1 << 20
	minCPU    = 0.01 // the kernel's least quota
	maxCPU    = 4096
)

// creed is what Bounds mean on this host, as it is told to a supervisor process.
type creed struct {
	Switch    bool     `json:"switch,omitempty"` // to the user
	UID       uint32   `json:"uid,omitempty"`
	GID       uint32   `json:"gid,omitempty"`
	Groups    []uint32 `json:"groups,omitempty"`
	Umask     *int     `json:"umask,omitempty"`
	Nice      int      `json:"nice,omitempty"`
	Files     uint64   `json:"files,omitempty"`
	Processes uint64   `json:"processes,omitempty"`
	FileSize  uint64   `json:"file_size,omitempty"`
	Memory    int64    `json:"memory,omitempty"`
	CPU       float64  `json:"cpu,omitempty"`
	Ground    string   `json:"ground,omitempty"` // the cgroup in which each run gets one; empty: none does

	home, name string // of the user, for the environment
}

// creed resolves the names and refuses what this process may not do.
func (b Bounds) creed() (creed, error) {
	c := creed{
		Nice: b.Nice, Files: uint64(max(b.Files, 0)), Processes: uint64(max(b.Processes, 0)), FileSize: uint64(max(b.FileSize, 0)),
		Memory: b.Memory, CPU: b.CPU,
	}
	if b.Umask != "" {
		mask, err := strconv.ParseUint(b.Umask, 8, 12)
		if err != nil || mask > 0o777 {
			return c, fmt.Errorf("umask %q: want an octal number up to 777, such as 027", b.Umask)
		}
		n := int(mask)
		c.Umask = &n
	}
	switch {
	case b.Nice < -20 || b.Nice > 19:
		return c, fmt.Errorf("nice %d: -20 to 19 are allowed", b.Nice)
	case b.Nice < 0 && os.Geteuid() != 0:
		return c, fmt.Errorf("nice %d: only root may ask for more than its share", b.Nice)
	case b.Files != 0 && (b.Files < minFiles || b.Files > maxFiles):
		return c, fmt.Errorf("limits: files %d: %d to %d are allowed", b.Files, minFiles, maxFiles)
	case b.Processes < 0, b.FileSize < 0:
		return c, errors.New("limits: a number below 0 is no limit")
	case b.Memory != 0 && b.Memory < minMemory:
		return c, fmt.Errorf("limits: memory %s: %s or more are allowed", bytesText(b.Memory), bytesText(minMemory))
	case b.CPU != 0 && !(b.CPU >= minCPU && b.CPU <= maxCPU): // NaN too
		return c, fmt.Errorf("limits: cpu %v: %v to %v processors are allowed", b.CPU, minCPU, maxCPU)
	}
	if err := c.become(b.User, b.Group); err != nil {
		return c, err
	}
	if b.Processes > 0 && (!c.Switch || c.UID == 0) {
		return c, errors.New("limits: processes are counted for a user of their own, who is not root and not the agent's: name one with user")
	}
	var err error
	c.Ground, err = groundFor(c.controllers())
	return c, err
}

// controllers are what has to be delegated for the limits of a run.
func (c creed) controllers() (names []string) {
	if c.Memory > 0 {
		names = append(names, "memory")
	}
	if c.CPU > 0 {
		names = append(names, "cpu")
	}
	return names
}

// become finds the user and the groups.
func (c *creed) become(name, group string) error {
	if name == "" && group == "" {
		return nil
	}
	if name == "" {
		return fmt.Errorf("group %q: it goes with a user", group)
	}
	found, err := user.Lookup(name)
	if err != nil {
		if found, err = user.LookupId(name); err != nil {
			return fmt.Errorf("user %q: this host knows none of that name or number", name)
		}
	}
	uid, err1 := strconv.ParseUint(found.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(found.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("user %q: %w", name, err)
	}
	c.UID, c.GID, c.home, c.name = uint32(uid), uint32(gid), found.HomeDir, found.Username
	if group == "" {
		c.Groups, err = groupsOf(found)
	} else {
		c.GID, err = groupID(group)
		c.Groups = []uint32{c.GID}
	}
	if err != nil {
		return err
	}
	if os.Geteuid() == int(c.UID) && os.Getegid() == int(c.GID) && c.UID != 0 {
		return nil // that is who the agent is
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("user %q: only root may run programs as somebody else, and this process runs as user %d: start it as root or leave user and group out", name, os.Geteuid())
	}
	c.Switch = true
	return nil
}

func groupsOf(u *user.User) ([]uint32, error) {
	list, err := u.GroupIds()
	if err != nil {
		return nil, fmt.Errorf("groups of user %q: %w", u.Username, err)
	}
	ids := make([]uint32, 0, len(list))
	for _, text := range list {
		id, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("groups of user %q: %w", u.Username, err)
		}
		ids = append(ids, uint32(id))
	}
	slices.Sort(ids)
	return ids, nil
}

func groupID(name string) (uint32, error) {
	found, err := user.LookupGroup(name)
	if err != nil {
		if found, err = user.LookupGroupId(name); err != nil {
			return 0, fmt.Errorf("group %q: this host knows none of that name or number", name)
		}
	}
	id, err := strconv.ParseUint(found.Gid, 10, 32)
	return uint32(id), err
}

// environ is what somebody else's programs see of them.
func (c creed) environ() []string {
	if !c.Switch {
		return nil
	}
	return []string{"HOME=" + c.home, "USER=" + c.name, "LOGNAME=" + c.name}
}

// bytesText writes a size as people set it.
func bytesText(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	for len(units) > 1 && n >= 1<<10 && n%(1<<10) == 0 {
		n, units = n>>10, units[1:]
	}
	return strconv.FormatInt(n, 10) + units[0]
}
