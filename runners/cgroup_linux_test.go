package runners

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// tree is a host made of plain files: what the kernel would do by itself is done by
// nobody, what this package reads and writes is seen.
type tree struct {
	cgroups
	root string // the mount
	dir  string // the group of the agent
}

// plant makes a host on which the agent, process 7, is in /unit with what it needs.
func plant(t *testing.T) *tree {
	t.Helper()
	root := filepath.Join(t.TempDir(), "with blank")
	tr := &tree{root: root, dir: filepath.Join(root, "unit")}
	tr.cgroups = cgroups{
		mounts: "30 20 0:1 / /proc rw - proc proc rw\n31 23 0:41 / " + strings.ReplaceAll(root, " ", `\040`) + " rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n",
		self:   "4:memory:/old\n0::/unit\n", writable: func(string) error { return nil }, intoOne: func() error { return nil },
		mayMove: func() func(int) bool { return func(pid int) bool { return pid == 7 || pid == 8 } },
	}
	tr.file(t, "unit/cgroup.type", "domain\n")
	tr.file(t, "unit/cgroup.controllers", "cpu memory pids\n")
	tr.file(t, "unit/cgroup.procs", "7\n8\n")
	tr.file(t, "unit/cgroup.subtree_control", "")
	return tr
}

func (tr *tree) file(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(tr.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTheGroundIsWhereTheAgentIs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(t *testing.T, tr *tree)
		want   string // below the mount
	}{
		{"its own group", func(*testing.T, *tree) {}, "unit"},
		{"the one above, when it has moved already", func(_ *testing.T, tr *tree) { tr.self = "0::/unit/" + selfGroup + "\n" }, "unit"},
		{"below the root of a mount that shows a part", func(_ *testing.T, tr *tree) {
			tr.mounts, tr.self = strings.Replace(tr.mounts, "0:41 / ", "0:41 /docker/1 ", 1), "0::/docker/1/unit\n"
		}, "unit"},
		{"the root of the host, whoever is in it", func(t *testing.T, tr *tree) {
			tr.self = "0::/\n"
			tr.file(t, "cgroup.controllers", "cpu memory\n")
			tr.file(t, "cgroup.procs", "1\n2\n")
		}, "."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tr := plant(t)
			tt.change(t, tr)
			got, err := tr.ground([]string{"memory", "cpu"})
			if want := filepath.Join(tr.root, tt.want); got != want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
		})
	}
}

func TestWhatIsMissingForAGroundIsSaid(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(t *testing.T, tr *tree)
		want   string
	}{
		{"version 2 in the kernel", func(_ *testing.T, tr *tree) { tr.self = "4:memory:/old\n" }, "names no group of cgroup v2"},
		{"a mount of it", func(_ *testing.T, tr *tree) { tr.mounts = strings.ReplaceAll(tr.mounts, "cgroup2", "cgroup") }, "no mount of cgroup v2 shows the group /unit"},
		{"a mount that shows its group", func(_ *testing.T, tr *tree) { tr.self = "0::/../../unit\n" }, "no mount of cgroup v2 shows"},
		{"a controller", func(t *testing.T, tr *tree) { tr.file(t, "unit/cgroup.controllers", "hugetlb memory\n") }, `the controller cpu is not delegated to`},
		{"a group that may be written", func(_ *testing.T, tr *tree) {
			tr.writable = func(string) error { return syscall.EROFS }
		}, "unit cannot be written: read-only file system"},
		{"the right to move processes", func(_ *testing.T, tr *tree) {
			tr.writable = func(path string) error {
				if strings.HasSuffix(path, groupProcs) {
					return syscall.EACCES
				}
				return nil
			}
		}, "unit/cgroup.procs cannot be written: permission denied"},
		{"a group to itself", func(t *testing.T, tr *tree) { tr.file(t, "unit/cgroup.procs", "7\n99\n") }, "process 99 for one"},
		{"a group for processes", func(t *testing.T, tr *tree) { tr.file(t, "unit/cgroup.type", "threaded\n") }, `"threaded" and not domain`},
		{"the call", func(_ *testing.T, tr *tree) { tr.intoOne = func() error { return syscall.ENOSYS } }, "not implemented"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tr := plant(t)
			tt.change(t, tr)
			if got, err := tr.ground([]string{"memory", "cpu"}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %q, %v, want an error with %q", got, err, tt.want)
			}
		})
	}
}

func TestTheAgentMovesOutOfTheWayAndHandsControllersOn(t *testing.T) {
	t.Parallel()
	tr := plant(t)
	tr.file(t, "unit/"+selfGroup+"/cgroup.procs", "")
	tr.file(t, "unit/cgroup.procs", "7\n8\n99\n") // 99 came a moment ago and is nobody's to move
	// A plain file keeps who has moved, so the second look finds nobody to move.
	looks := 0
	mayMove := func() func(int) bool {
		looks++
		return func(pid int) bool { return looks == 1 && (pid == 7 || pid == 8) }
	}
	if err := settle(tr.dir, []string{"memory"}, mayMove); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{selfGroup + "/cgroup.procs": "8", groupHandsOn: "+memory"} {
		if got, err := os.ReadFile(filepath.Join(tr.dir, file)); string(got) != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q written last", file, got, err, want)
		}
	}
}

func TestWhatIsHandedOnAlreadyIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	tr := plant(t)
	tr.file(t, "unit/cgroup.procs", "")
	tr.file(t, "unit/cgroup.subtree_control", "cpu memory")
	if err := settle(tr.dir, []string{"memory", "cpu"}, tr.mayMove); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(tr.dir, groupHandsOn)); string(got) != "cpu memory" || err != nil {
		t.Errorf("got %q, %v, want it left alone", got, err)
	}
}

func TestLimitsAreWrittenAsTheKernelReadsThem(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		c    creed
		want map[string]string // what is there before is "old"
	}{
		{"memory", creed{Memory: 512 << 20}, map[string]string{memoryMax: "536870912", memoryOOM: "1", memorySwapMax: "0", cpuMax: "old"}},
		{"memory, where swap is not counted", creed{Memory: 1 << 20}, map[string]string{memoryMax: "1048576", memoryOOM: "1", cpuMax: "old"}},
		{"processors", creed{CPU: 1.5}, map[string]string{memoryMax: "old", memoryOOM: "old", memorySwapMax: "old", cpuMax: "150000 100000"}},
		{"the least of a processor", creed{CPU: minCPU}, map[string]string{cpuMax: "1000 100000"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for file := range tt.want {
				if err := os.WriteFile(filepath.Join(dir, file), nil, 0o600); err != nil {
					t.Fatal(err)
				}
				if tt.want[file] == "old" {
					if err := os.WriteFile(filepath.Join(dir, file), []byte("old"), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := tt.c.limit(dir); err != nil {
				t.Fatal(err)
			}
			for file, want := range tt.want {
				if got, err := os.ReadFile(filepath.Join(dir, file)); string(got) != want || err != nil {
					t.Errorf("%s: got %q, %v, want %q", file, got, err, want)
				}
			}
		})
	}
	t.Run("a group that takes no limit is an error", func(t *testing.T) {
		t.Parallel()
		for _, c := range []creed{{Memory: 1 << 20}, {CPU: 1}} {
			if err := c.limit(t.TempDir()); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%+v: got %v, want that the file is missing", c, err)
			}
		}
	})
}

func TestAKillForMemoryIsReadFromTheGroup(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, events string
		want         bool
	}{
		{"a kill", "low 0\nhigh 0\nmax 12\noom 1\noom_kill 2\noom_group_kill 1\n", true},
		{"the limit was touched and memory found", "low 0\nhigh 0\nmax 12\noom 0\noom_kill 0\noom_group_kill 0\n", false},
		{"no such file", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if tt.events != "" {
				if err := os.WriteFile(filepath.Join(dir, memoryEvents), []byte(tt.events), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if got := (&cell{dir: dir}).starved(); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
