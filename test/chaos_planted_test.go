package test

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/jobs-agent/jobs"
	"github.com/jobs-agent/jobs/test/chaos"
)

// mistake is a bug that people who write schedulers make, the faults under which it
// shows, and how it shows.
type mistake struct {
	name    string
	patches []patch
	load    []kindOfJob
	steps   []chaos.Step
	want    []chaos.Verdict
}

// anyAck accepts the end of an attempt whose token is not held.
var anyAck = patch{
	"scripts/lib/settle.lua", "local text = not became[token] and entries[i]\n",
	"local text = not became[token] and (entries[i] or '{\"run\":' .. quote(run) .. ',\"queued\":1,\"id\":\"x\"}')\n",
}

var mistakes = []mistake{
	{
		// Reads what is due, queues it, and moves the schedule on in a second call, job
		// by job. The pause is what a scheduler does between two calls; without it the
		// window in which a fault shows is hit in one round of ten.
		name: "a naive tick",
		patches: []patch{
			{
				"scripts/queue.go", "reply, err := c.list(ctx, \"jfire\", keys, caller.op, now, limit, term)\n",
				`reply, err := c.list(ctx, "jfire", keys, fmt.Sprint(caller.op, ".push"), now, min(limit, 1), term, "push")
	if err == nil && len(reply) > 3 {
		time.Sleep(5 * time.Millisecond)
		_, err = c.list(ctx, "jfire", keys, fmt.Sprint(caller.op, ".advance"), toString(reply[2]), min(limit, 1), term, "advance")
	}
`,
			},
			{"scripts/lib/fire.lua", "      for i = 1, #list, 1000 do", "      for i = 1, ARGV[5] == 'advance' and 0 or #list, 1000 do"},
			{
				"scripts/lib/fire.lua", "    if #scores > 0 then redis.call('ZADD', k.schedule, unpack(scores)) end\n    if #done > 0 then drop(k, done, left, stamp(k, now), 4096) end\n",
				`    if ARGV[5] == 'push' then
      s.offset = s.offset + #scores / 2 + #done
    else
      if #scores > 0 then redis.call('ZADD', k.schedule, unpack(scores)) end
      if #done > 0 then drop(k, done, left, stamp(k, now), 4096) end
    end
`,
			},
			{"scripts/lib/fire.lua", "  tally(k, {queued = s.pushed, skipped = s.skipped, collapsed = s.collapsed})\n", "  if ARGV[5] ~= 'advance' then tally(k, {queued = s.pushed, skipped = s.skipped, collapsed = s.collapsed}) end\n"},
		},
		load:  []kindOfJob{{name: "quick", n: 80, every: time.Second, seconds: "0", overlap: jobs.Allow}},
		steps: repeated(chaos.Step{Kind: chaos.RedisKill, Target: chaos.Redis}, 14, 1100*time.Millisecond, 50*time.Millisecond),
		want:  []chaos.Verdict{chaos.DoubleQueued},
	},
	{
		// Takes runs off the queue and keeps them to itself: no lease, no token.
		name: "a blocking pop",
		patches: []patch{
			{"scripts/jtake.lua", "for i = 1, #reply, 1000 do redis.call('HSET', held", "for i = 1, 0, 1000 do redis.call('HSET', held"},
			{"scripts/jrenew.lua", "if math.max(0, redis.call('HLEN', held) - 2) ~= count then", "if false then"},
			anyAck,
		},
		load: mixedLoad,
		steps: []chaos.Step{
			{Kind: chaos.Kill, Target: "agent-1", From: 3 * time.Second, To: 4 * time.Second},
			{Kind: chaos.Kill, Target: "agent-2", From: 5 * time.Second, To: 6 * time.Second},
			{Kind: chaos.Kill, Target: "agent-3", From: 7 * time.Second, To: 8 * time.Second},
		},
		want: []chaos.Verdict{chaos.Vanished},
	},
	{
		name:    "an ack without token",
		patches: []patch{anyAck},
		load:    mixedLoad,
		steps: []chaos.Step{
			{Kind: chaos.Stop, Target: "agent-1", From: 3 * time.Second, To: 7 * time.Second},
			{Kind: chaos.Partition, Target: "agent-2", From: 5 * time.Second, To: 9 * time.Second},
			{Kind: chaos.Stop, Target: "agent-3", From: 8 * time.Second, To: 12 * time.Second},
		},
		want: []chaos.Verdict{chaos.DoubleAcked},
	},
	{
		name:    "a reap without hold-off",
		patches: []patch{{"scripts/jreap.lua", "if now >= hold then\n", "if true then\n"}},
		load:    mixedLoad,
		steps: []chaos.Step{
			{Kind: chaos.RedisPause, Target: chaos.Redis, From: 3 * time.Second, To: 6 * time.Second},
			{Kind: chaos.RedisKill, Target: chaos.Redis, From: 8 * time.Second, To: 11 * time.Second},
			{Kind: chaos.RedisPause, Target: chaos.Redis, From: 13 * time.Second, To: 16 * time.Second},
		},
		want: []chaos.Verdict{chaos.Unexplained},
	},
}

// repeated is one fault again and again.
func repeated(s chaos.Step, n int, each, lasting time.Duration) (steps []chaos.Step) {
	for i := range n {
		s.From = time.Second + time.Duration(i)*each
		s.To = s.From + lasting
		steps = append(steps, s)
	}
	return steps
}

// The proof is proved: what it says of good programs means nothing unless it finds
// bad ones. The same faults must break no promise of the program as it is.
func TestChaosFindsPlantedMistakes(t *testing.T) {
	if os.Getenv("JOBS_CHAOS") == "" {
		t.Skip("four minutes: JOBS_CHAOS=1, or make chaos")
	}
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			good := startField(t, "", chaos.Names(3))
			good.judge(good.storm(m.steps, m.load, m.lasts()))
			program := planted(t, m.patches)
			// A window of a millisecond is not hit each time.
			for round := range 3 {
				bad := startField(t, program, chaos.Names(3))
				found := chaos.Check(bad.storm(m.steps, m.load, m.lasts()))
				i := slices.IndexFunc(found, func(v chaos.Violation) bool { return slices.Contains(m.want, v.Verdict) })
				if i >= 0 {
					t.Logf("caught in round %d, with %d violations, for instance\n%v", round+1, len(found), found[i])
					return
				}
				t.Logf("not caught in round %d: %d other violations", round+1, len(found))
			}
			t.Errorf("%s: not caught, want %v", m.name, m.want)
		})
	}
}

// lasts is the time for the faults and some seconds in which what they left behind
// shows.
func (m mistake) lasts() time.Duration {
	last := time.Duration(0)
	for _, s := range m.steps {
		last = max(last, s.To)
	}
	return last + 6*time.Second
}
