package board

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// checkAccess asks whether the user may run what the command set needs.
func (b *Board) checkAccess(ctx context.Context) (Finding, error) {
	a, err := b.do.Access(ctx)
	user := "the user " + a.User
	if a.User == "" {
		user = "the user of this connection"
	}
	f := fine("acl", user+" may run all that is needed")
	switch {
	case errors.Is(err, jobs.ErrDenied):
		f.Found = user + " may not run scripts on the board: " + err.Error()
		return f.fail("nothing works without", "allow it the commands and keys of the rule in docs/guarantees.md"), nil
	case scripts.IsTrouble(err):
		f.Found = user + " could not be asked about: " + err.Error()
	case err != nil:
		return Finding{}, err
	case !a.Known:
		f.Found = user + "; this Redis does not tell what it may run"
	case len(a.Denied) > 0:
		f.Found = user + " may not run " + strings.Join(a.Denied, ", ")
		return f.fail("what needs them fails", "allow them on the keys "+b.Name()+", "+b.Name()+":* and "+scripts.CommandsKey+
			" and on the channels "+b.Name()+":*; docs/guarantees.md has the rule"), nil
	}
	return f, nil
}

// maxSkew is from where clocks are said to differ. Nothing is decided by a host's own
// clock, but people compare logs.
const maxSkew = 500 * time.Millisecond

// checkClock compares the clocks by the quickest of three answers.
func (b *Board) checkClock(ctx context.Context) (Finding, error) {
	var skew, quickest time.Duration
	for range 3 {
		before := time.Now()
		now, err := b.Now(ctx)
		if err != nil {
			return Finding{}, err
		}
		if trip := time.Since(before); quickest == 0 || trip < quickest {
			skew, quickest = now.Sub(before.Add(trip/2)), trip
		}
	}
	f := fine("clock", fmt.Sprintf("this host and Redis differ by %d ms", skew.Abs().Milliseconds()))
	f.Values = map[string]int64{"skew_ms": skew.Milliseconds(), "round_trip_ms": quickest.Milliseconds()}
	if skew.Abs() > maxSkew+quickest/2 {
		return f.warn("jobs fire by the clock of Redis, this host shows other times", "synchronise the clocks (chrony, ntpd)"), nil
	}
	return f, nil
}

// checkCluster looks whether the board lies in one slot and all slots are served.
func (b *Board) checkCluster(ctx context.Context) Finding {
	if !hashTagged(b.Name()) {
		return fine("cluster", "the keys of the board lie in many slots").fail("its commands touch many keys and are refused",
			"name the board with braces, {"+b.Name()+"}")
	}
	text, err := b.rdb.ClusterInfo(ctx).Result()
	if err != nil {
		return fine("cluster", "the board lies in one slot; the user may not ask for the state of the cluster")
	}
	state, slots := "", ""
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch name {
		case "cluster_state":
			state = value
		case "cluster_slots_ok":
			slots = value
		}
	}
	f := fine("cluster", fmt.Sprintf("the board lies in one slot, the cluster is %s with %s of 16384 slots served", state, slots))
	if state != "ok" || slots != "16384" {
		return f.fail("keys of slots that nobody serves cannot be reached", "redis-cli --cluster check, and fix")
	}
	return f
}
