package runners

// StartGrouped is StartBounded for bounds that want a cgroup a run, and of it no
// controller, which not every machine delegates.
func StartGrouped() (*Supervisor, error) {
	dir, err := thisHost().ground(nil)
	if err != nil {
		return nil, err
	}
	return startSupervisor(Bounds{}, creed{Ground: dir})
}

// PID is the process id of the supervisor process.
func (s *Supervisor) PID() int { return s.link.cmd.Process.Pid }

var (
	RealGround = realGround
	GroupsIn   = groupsIn
)
