package simulation

import (
	"crypto/sha256"
	"hash"
	"sync"
	"time"

	"github.com/jobs-agent/jobs"
)

// kinds are the runner types.
var kinds = []string{"common", "heavy", "rare"}

// place is where a run is. A run whose start is put off because another one of its
// job runs counts as queued.
type place string

const (
	inQueue place = "queued"
	held    place = "held"
	waiting place = "waiting for its retry"
	ended   place = "ended"
)

// life is that of one run.
type life struct {
	id     string
	job    *account
	place  place
	since  time.Time
	queued time.Time // first
	missed int
	token  string // while it is held
	number int    // of the attempt
	fails  int
	losses int
	ready  time.Time // its retry, at the earliest
	result jobs.State
	notes  []string
}

// account is what the judge knows of a job.
type account struct {
	*job
	listed  bool      // on the board
	due     time.Time // next nominal time
	nominal map[time.Time]string
	lives   map[string]*life // that have not ended
	started time.Time        // the latest attempt
	moved   time.Time        // a run of it from one place to another
	notes   []string
}

// ticket is a token with what its holder did.
type ticket struct {
	run      *life
	life     string // of the agent
	began    bool
	finished bool
	at       time.Time
	err      error
}

// lane is a worker's lease as the judge counts it.
type lane struct {
	op    string
	moved time.Time
}

// judge follows every command that the store executes and compares what came of it
// with what the promises say. It knows no Lua: the calendar, the policies and the lives
// of runs are here once more, in plain Go.
type judge struct {
	mu   sync.Mutex
	read *reader

	jobs    map[string]*account
	runs    map[string]*life
	tickets map[string]*ticket
	lanes   map[string]*lane
	cancels map[string]time.Time
	faults  []*fault
	holder  string // of the lock

	complaints []string
	enough     int           // of them
	spoiled    chan struct{} // closed when there are so many
	counts     map[string]int

	digest     hash.Hash
	keep       bool
	transcript []string // of all commands, if it is to be kept
}

func newJudge(all map[string]*job) *judge {
	j := &judge{
		jobs: map[string]*account{}, runs: map[string]*life{}, tickets: map[string]*ticket{}, lanes: map[string]*lane{},
		cancels: map[string]time.Time{}, counts: map[string]int{}, digest: sha256.New(), spoiled: make(chan struct{}), enough: enough,
	}
	for id, spec := range all {
		j.jobs[id] = &account{job: spec, nominal: map[time.Time]string{}, lives: map[string]*life{}}
	}
	return j
}
