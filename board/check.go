package board

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/scripts"
)

// Check looks at the Redis and the board for what would cost runs. With an error
// come the findings up to there.
func (b *Board) Check(ctx context.Context) ([]Finding, error) {
	findings, err := b.CheckRedis(ctx)
	if err != nil {
		return nil, err
	}
	wrong := map[string]bool{}
	for _, look := range []func(context.Context) (Finding, error){
		b.checkCommands, b.checkFormat, b.checkQuarantine, b.checkServed, b.checkConservation,
	} {
		f, err := look(ctx)
		if err = scripts.Translate(err); errors.Is(err, jobs.ErrWrongType) {
			f = fine("keys", err.Error()).fail("the board cannot use it", "rename or delete that key")
			if wrong[f.Found] {
				continue
			}
			wrong[f.Found], err = true, nil
		}
		if err != nil {
			return findings, fmt.Errorf("check the board: %w", err)
		}
		findings = append(findings, f)
	}
	return findings, nil
}

func (b *Board) checkCommands(ctx context.Context) (Finding, error) {
	sources, err := scripts.Sources()
	if err != nil {
		return Finding{}, err
	}
	table, err := b.rdb.HGetAll(ctx, scripts.CommandsKey).Result()
	if errors.Is(scripts.Translate(err), jobs.ErrDenied) {
		return fine("commands", "the user may not read the hash `commands`").warn("clients of 2014 need it", "allow the key `commands`"), nil
	}
	f := fine("commands", fmt.Sprintf("%d loaded", len(sources)))
	for _, s := range sources {
		if table[s.Name] != s.SHA {
			f.Found = "the hash `commands` is not that of this version"
			return f.warn("clients of 2014 read it", "jobs-agent init"), err
		}
	}
	return f, err
}

func (b *Board) checkFormat(ctx context.Context) (Finding, error) {
	format, err := b.rdb.Get(ctx, b.do.Keys().FormatKey()).Int()
	if errors.Is(err, redis.Nil) {
		return fine("format", "no agent has seen this board yet"), nil
	}
	f := fine("format", fmt.Sprintf("key table %d", format))
	if format > scripts.Format {
		f = f.fail(fmt.Sprintf("this program knows format %d", scripts.Format), "install a newer one")
	}
	return f, err
}

func (b *Board) checkQuarantine(ctx context.Context) (Finding, error) {
	n, err := b.rdb.HLen(ctx, b.do.Keys().Quarantine()).Result()
	if n == 0 {
		return fine("quarantine", "all jobs can be read"), err
	}
	f := fine("quarantine", fmt.Sprintf("%d jobs", n)).warn("they cannot be scheduled", "jobs-agent list -o wide shows why; put or remove them")
	f.Values = map[string]int64{"jobs": n}
	return f, err
}

// checkServed looks for runner types with waiting runs that no live agent serves.
func (b *Board) checkServed(ctx context.Context) (Finding, error) {
	agents, now, err := b.present(ctx)
	if err != nil {
		return Finding{}, err
	}
	count, err := b.Count(ctx)
	if err != nil {
		return Finding{}, err
	}
	unmatched, err := b.Unmatched(ctx)
	if err != nil {
		return Finding{}, err
	}
	served, live := map[string]bool{}, int64(0)
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
	var alone []string
	for _, list := range unmatched {
		if served[list.Runner] {
			alone = append(alone, fmt.Sprintf("%s (%d of %s waiting)", list.Selector, list.Length, list.Runner))
		}
	}
	f := fine("agents", fmt.Sprintf("%d alive", live))
	f.Values = map[string]int64{"alive": live}
	switch {
	case len(missing) > 0:
		f = f.warn("no agent serves "+strings.Join(missing, ", "), "start an agent with --runner TYPE on a host that may run them")
	case len(alone) > 0:
		f = f.warn("no agent matches "+strings.Join(alone, ", "), "start an agent with such a --label, or put the job with other --hosts; jobs-agent agents -o wide shows the labels")
	case live == 0 && count.Scheduled > 0:
		f = f.warn(fmt.Sprintf("nothing queues the %d scheduled jobs, unless a ticker of 2014 does", count.Scheduled), "jobs-agent agent")
	}
	return f, nil
}
