package board

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jobs-agent/jobs/scripts"
)

// checkConservation adds up where all runs are, at one moment: what was queued and
// is nowhere was taken by plain consumers, which tell nobody. More runs than were
// queued are a bug, unless they were pushed by hand: those count when they are taken.
func (b *Board) checkConservation(ctx context.Context) (Finding, error) {
	types, err := b.RunnerTypes(ctx)
	if err != nil {
		return Finding{}, err
	}
	lists, err := b.do.Lists(ctx, types...)
	if err != nil {
		return Finding{}, err
	}
	totals, text, err := b.do.Census(ctx, lists)
	if err != nil {
		return Finding{}, err
	}
	var count Count
	if err := json.Unmarshal([]byte(text), &count); err != nil {
		return Finding{}, fmt.Errorf("read the sizes of the board: %w", err)
	}
	sum := map[string]int64{"queued": totals["queued"], "waiting": 0, "running": count.Running, "retrying": count.Retrying, "delayed": count.Delayed}
	for _, n := range count.Queued {
		sum["waiting"] += n
	}
	// What a run ends as, or why it left a queue without an end.
	for _, name := range []string{"succeeded", "failed", "dead", "cancelled", "collapsed", "trimmed"} {
		sum[name] = totals[name]
	}
	unseen := sum["queued"]
	for name, n := range sum {
		if name != "queued" {
			unseen -= n
		}
	}
	if unseen < 0 { // rarely, so that queues are rarely read
		if sum["by_hand"], err = b.pushedByHand(ctx, lists, -unseen); err != nil {
			return Finding{}, err
		}
		unseen += sum["by_hand"]
	}
	sum["unseen"] = unseen
	found := fmt.Sprintf("%d runs queued: %d wait, %d run, %d wait for a retry, %d have ended", sum["queued"], sum["waiting"], sum["running"], sum["retrying"],
		sum["succeeded"]+sum["failed"]+sum["dead"]+sum["cancelled"])
	if count.Delayed > 0 {
		found += fmt.Sprintf(", %d are delayed", count.Delayed)
	}
	for _, name := range []string{"collapsed", "trimmed"} {
		if sum[name] > 0 {
			found += fmt.Sprintf(", %d were %s", sum[name], name)
		}
	}
	if unseen > 0 {
		found += fmt.Sprintf(", %d left unseen (RPOP, JPOP)", unseen)
	}
	f := fine("conservation", found)
	f.Values = sum
	if unseen < 0 {
		f = f.warn(fmt.Sprintf("%d more are accounted for than were queued", -unseen),
			"expected after entries pushed by hand were trimmed, or ended by JACK; otherwise report it")
	}
	return f, nil
}

// pushedByHand counts entries without a head of ours, up to a number, among the first
// 10,000 of each queue.
func (b *Board) pushedByHand(ctx context.Context, lists []scripts.List, most int64) (n int64, err error) {
	const page = 100
	for _, list := range lists {
		for from := int64(0); from < 10000 && n < most; from += page {
			entries, err := b.rdb.LRange(ctx, list.Key, from, from+page-1).Result()
			if err != nil {
				return n, fmt.Errorf("read the queue %s: %w", list.Key, scripts.Translate(err))
			}
			for _, entry := range entries {
				if !strings.HasPrefix(entry, `{"run":"`) {
					n++
				}
			}
			if len(entries) < page {
				break
			}
		}
	}
	return min(n, most), nil
}
