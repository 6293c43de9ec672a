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

var (
	RealGround = realGround
	GroupsIn   = groupsIn
)
