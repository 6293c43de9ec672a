package board

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// Status of a finding.
type Status string

// A warning works but may cost runs; a problem does not work.
const (
	OK      Status = "ok"
	Warning Status = "warning"
	Problem Status = "problem"
)

// Finding is one thing that Check looked at.
type Finding struct {
	Name   string `json:"name"`
	Status Status `json:"status"`
	Detail string `json:"detail"`
	Fix    string `json:"fix,omitempty"` // what to do about it
}

// Eviction answers the finding on maxmemory-policy alone: an agent does not tick
// while it is a problem, unless told to. A user who may not run INFO gets
// jobs.ErrDenied.
func (b *Board) Eviction(ctx context.Context) (Finding, error) {
	text, err := b.rdb.Info(ctx, "memory").Result()
	if err != nil && errors.Is(scripts.Translate(err), jobs.ErrDenied) {
		return Finding{}, fmt.Errorf("read maxmemory-policy: %w", scripts.Translate(err))
	}
	if err != nil {
		text, err = b.rdb.Info(ctx).Result() // the embedded store knows no sections
	}
	if err != nil {
		return Finding{}, fmt.Errorf("read maxmemory-policy: %w", scripts.Translate(err))
	}
	return checkEviction(parseInfo(text)), nil
}

// Check looks at the Redis and the board for what would cost runs.
func (b *Board) Check(ctx context.Context) ([]Finding, error) {
	start := time.Now()
	text, err := b.rdb.Info(ctx, "everything").Result()
	if err != nil {
		text, err = b.rdb.Info(ctx).Result()
	}
	if err != nil {
		return nil, fmt.Errorf("check redis: %w", scripts.Translate(err))
	}
	info := parseInfo(text)
	findings := []Finding{
		checkVersion(info), checkEviction(info), checkMemory(info), checkPersistence(info), checkRole(info),
	}
	for _, look := range []func(context.Context) (Finding, error){
		b.checkClock, b.checkCommands, b.checkFormat, b.checkQuarantine, b.checkServed, b.checkConservation,
	} {
		f, err := look(ctx)
		if err = scripts.Translate(err); errors.Is(err, jobs.ErrWrongType) {
			f, err = Finding{Name: "keys", Status: Problem, Detail: err.Error(), Fix: "rename or delete that key: the board cannot use it"}, nil
		}
		if err != nil {
			return nil, fmt.Errorf("check the board: %w", err)
		}
		if !slices.Contains(findings, f) {
			findings = append(findings, f)
		}
	}
	return append(findings, Finding{Name: "answer", Status: OK, Detail: "checked in " + time.Since(start).Round(time.Millisecond).String()}), nil
}

func (b *Board) checkClock(ctx context.Context) (Finding, error) {
	before := time.Now()
	now, err := b.Now(ctx)
	if err != nil {
		return Finding{}, err
	}
	skew := now.Sub(before.Add(time.Since(before) / 2)).Round(time.Millisecond)
	f := Finding{Name: "clock", Status: OK, Detail: fmt.Sprintf("this host and Redis differ by %v", skew.Abs())}
	if skew.Abs() > 2*time.Second {
		f.Status, f.Fix = Warning, "synchronise the clocks; firing goes by that of Redis"
	}
	return f, nil
}

func (b *Board) checkCommands(ctx context.Context) (Finding, error) {
	sources, err := scripts.Sources()
	if err != nil {
		return Finding{}, err
	}
	table, err := b.rdb.HGetAll(ctx, scripts.CommandsKey).Result()
	f := Finding{Name: "commands", Status: OK, Detail: fmt.Sprintf("%d loaded", len(sources))}
	for _, s := range sources {
		if table[s.Name] != s.SHA {
			f.Status, f.Detail = Warning, "the hash `commands` is not that of this version; clients of 2014 read it"
			f.Fix = "jobs-agent init"
		}
	}
	return f, err
}

func (b *Board) checkFormat(ctx context.Context) (Finding, error) {
	format, err := b.rdb.Get(ctx, b.do.Keys().FormatKey()).Int()
	if errors.Is(err, redis.Nil) {
		return Finding{Name: "format", Status: OK, Detail: "no agent has seen this board yet"}, nil
	}
	f := Finding{Name: "format", Status: OK, Detail: fmt.Sprintf("key table %d", format)}
	if format > scripts.Format {
		f.Status, f.Fix = Problem, fmt.Sprintf("this program knows format %d: install a newer one", scripts.Format)
	}
	return f, err
}

func (b *Board) checkQuarantine(ctx context.Context) (Finding, error) {
	n, err := b.rdb.HLen(ctx, b.do.Keys().Quarantine()).Result()
	f := Finding{Name: "quarantine", Status: OK, Detail: "all jobs can be read"}
	if n > 0 {
		f.Status, f.Detail = Warning, fmt.Sprintf("%d jobs cannot be scheduled", n)
		f.Fix = "jobs-agent list -o wide shows why; put or remove them"
	}
	return f, err
}

// checkServed looks for runner types with waiting runs that no live agent serves.
func (b *Board) checkServed(ctx context.Context) (Finding, error) {
	agents, err := b.Agents(ctx)
	if err != nil {
		return Finding{}, err
	}
	count, err := b.Count(ctx)
	if err != nil {
		return Finding{}, err
	}
	now, err := b.Now(ctx)
	if err != nil {
		return Finding{}, err
	}
	served, live := map[string]bool{}, 0
	for _, agent := range agents {
		if agent.Alive(now) {
			live++
			for _, runner := range agent.Runners {
				served[runner] = true
			}
		}
	}
	var missing []string
	for runner, waiting := range count.Queued {
		if waiting > 0 && !served[runner] {
			missing = append(missing, fmt.Sprintf("%s (%d waiting)", runner, waiting))
		}
	}
	f := Finding{Name: "agents", Status: OK, Detail: fmt.Sprintf("%d alive", live)}
	if live == 0 && count.Scheduled > 0 {
		f.Status, f.Detail = Warning, fmt.Sprintf("none alive: nothing queues the %d scheduled jobs, unless a ticker of 2014 does", count.Scheduled)
		f.Fix = "jobs-agent agent"
	}
	if len(missing) > 0 {
		f.Status, f.Detail = Warning, fmt.Sprintf("%d alive; no agent serves %s", live, strings.Join(missing, ", "))
		f.Fix = "start an agent with --runner TYPE on a host that may run them"
	}
	return f, nil
}

// checkConservation adds up where all runs are: what was queued and is nowhere was
// taken by plain consumers, which tell nobody; more runs than were queued would be a
// bug.
func (b *Board) checkConservation(ctx context.Context) (Finding, error) {
	totals, err := b.Totals(ctx)
	if err != nil {
		return Finding{}, err
	}
	count, err := b.Count(ctx)
	if err != nil {
		return Finding{}, err
	}
	total := func(names ...string) (sum int64) {
		for _, name := range names {
			sum += totals[name]
		}
		return sum
	}
	waiting := count.Running + count.Retrying
	for _, n := range count.Queued {
		waiting += n
	}
	queued := total("queued")
	unseen := queued - waiting - total("succeeded", "failed", "dead", "cancelled", "collapsed", "trimmed")
	f := Finding{Name: "conservation", Status: OK, Detail: fmt.Sprintf("%d runs queued, %d of them left unseen (RPOP, JPOP)", queued, unseen)}
	if unseen < 0 {
		f.Status = Warning
		f.Detail = fmt.Sprintf("%d runs queued, but %d more are accounted for", queued, -unseen)
		f.Fix = "expected after entries were pushed by hand or data was lost; otherwise report it"
	}
	return f, nil
}
