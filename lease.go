package jobs

import "time"

// Take asks for runs for one worker lane.
type Take struct {
	Lane    string        // unique for the process that uses it
	Op      int64         // raised by the lane at each take; the same again repeats it
	Want    int           // at most 1000; 0 only empties the doorbells of empty queues
	Lease   time.Duration // from now, for all that the lane holds
	Runners []string      // runner types and Sources, in the order of preference
}

// Acks ends attempts of one worker lane.
type Acks struct {
	Lane string
	Op   int64 // raised by the lane at each ack; the same again repeats it
	// Held is how many attempts the lane holds, those of Ends too, and Done how many acks and
	// takes in its name were answered. When Redis has carried out as many and counts as many attempts, it has
	// not to look at each. Held is 0 while a take waits for its answer, which may bring more.
	Held int
	Done int
	Ends []End
}

// Exchanged is what an exchange of ends against new attempts brought.
type Exchanged struct {
	Refused []string // tokens of ends that were stale
	Taken   []*Attempt
}

// Renew keeps the lease of a lane.
type Renew struct {
	Lane  string
	Lease time.Duration // how long it is to last
	Holds int           // runs that the lane knows to hold
	Since time.Time     // cancels from then on are asked for; zero: all
	// Strange are tokens that the lane does not know and Redis holds in its name: they are
	// lost, as if their lease were over.
	Strange []string
}

// Renewed is what renewing the lease of a lane brought.
type Renewed struct {
	// Differs says that the lane holds other than the expected number of runs;
	// Tokens are then all that it holds.
	Differs bool
	Tokens  []string
	// Cancelled are runs and jobs (by id) cancelled since, with the time of it. A
	// job's mark concerns its runs queued at that time or before.
	Cancelled map[string]time.Time
}

// Fired is what one call of the tick did.
type Fired struct {
	Queued   int64
	Next     time.Time // the next nominal time; zero when nothing is scheduled
	Now      time.Time // Redis' clock at the call
	More     bool      // the limit was reached: fire again at once
	Unserved []string  // runner types that are due and were not named
	// Unplanned says that schedules need more times planned. Jobs whose next time is not
	// known yet are not fired until then.
	Unplanned bool
}

// Plan is a schedule that is planned ahead: Spec is its text as the command set
// writes it, From the time behind which times are needed.
type Plan struct {
	Spec string
	From time.Time
	Line string // the times, as package calendar writes them
}

// Reaped is what one call of the reaper did.
type Reaped struct {
	Lost    int64 // runs given back because their lease was over
	Retried int64 // runs whose retry time had come
	More    bool  // the limit was reached: reap again at once
}

// MaxLost is how often a run may lose its lease before it is dead.
const MaxLost = 3
