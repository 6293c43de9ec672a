package scripts

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jobs-agent/jobs/internal/redistest"
)

// The random sequences find mistakes that are planted in the commands: each of
// these breaks one promise.
func TestRandomOperationsFindPlantedMistakes(t *testing.T) {
	t.Parallel()
	const never = "if false and "
	mistakes := []struct{ name, command, good, bad string }{
		{"a take sent again takes more", "jtake", "if last and string.match(last, '^%S+') == op then", never + "last then"},
		{"an ack sent again is refused", "jackmany", "if last and string.match(last, '^%S+') == op then", never + "last then"},
		{"a fire sent again fires more", "jfire", "if before then return before end", ""},
		{"a reap sent again reaps more", "jreap", "if before then return before end", ""},
		{"a push sent again pushes more", "jpush", "if before then return before[1] end", ""},
		{"a backfill sent again queues more", "jbackfill", "if before then return before[1] end", ""},
		{"a take that comes late takes", "jtake", "if stale then return stale end", ""},
		{"a push numbers all its runs alike", "jpush", "digits[last]", "digits[0]"},
		{"a push that comes late pushes", "jpush", "or outrun(op, before)", "or nil"},
		{"an ack looks at no token", "jackmany", `if not same and (not text or head(text) ~= run) then`, never + "text then"},
		{"an ack looks at the token and not at the run", "jackmany", `(not text or head(text) ~= run) then`, "not text then"},
		{"the same token twice counts twice", "jackmany", "not became[token] and entries[i]", "entries[i]"},
		{"the same token twice counts twice where it is believed", "jackmany", "if gone < n then", "if false then"},
		{"an ack believes the lane that holds less than it says", "jackmany", "or redis.call('HLEN', held) ~= count + 2 then", "then"},
		{"an ack believes the lane that was given answers which are lost", "jackmany", "acks + nth(taken, 3) == tonumber(done)", "true"},
		{"a fired run that ends unread keeps its job active", "jackmany", "if guards == 48 then", "if false then"},
		{"an ended attempt stays held", "jackmany", "if #gone > 0 then redis.call('HDEL', held, unpack(gone)) end", ""},
		{"a reaped run stays held", "jreap", "redis.call('HDEL', held, token)", ""},
		{"what is given up with a renew stays held", "jrenew", "redis.call('HDEL', held, token)", ""},
		{"a renew that gives up a run ends the lease of the others", "jrenew", "if whole and not only then", "if whole then"},
		{"a reap forgets what it did before the limit", "jreap", "whole = false\n        break", "return n"},
		{"a take looks at no overlap", "jtake", "if overlap then\n      local counts", "if false then\n      local counts"},
		{"a take looks at numbers alone", "jtake", "active = underway(k, asked)", "active = {}"},
		{"a start keeps no number", "jtake", "begun(k, jobs, counters, since)", ""},
		{"a start does not say that it has kept a number", "jtake", "redis.pcall('HSET', k.board .. ':backlog', 'latest', since)", ""},
		{"a take keeps no number of what may have others in its queue", "jtake", "not (fired[i] and numbers[i] > two)", "not fired[i]"},
		{"a fire takes all lists for empty", "jfire", "if not clear or last > since[list] or first < since[list] - 60 then", "if false then"},
		{"a fire does not mind how long a list has not been empty", "jfire", "last > since[list]", "false"},
		{"a job leaves the board unseen", "jdel", "if gone == 1 or known == 1 then leave(k) end", ""},
		{"what a straight take was begun with stays in the answer", "jtake", "for i = #reply, from + 1, -1 do reply[i] = nil end", ""},
		{"a take that is straight minds nothing that was kept", "jtake", "nth <= bound or", ""},
		{"a fire looks at no active run", "jfire", "if run then active[asked[i]] = run end", ""},
		{"a take trusts that what was fired may overlap", "jtake", "alone == '1' and 'forbid' or nil", "nil"},
		{"a fire says that all may overlap", "jfire", `forbid = {mark = '"alone":1,'}`, `forbid = {mark = '"alone":0,'}`},
		{"a retry guards no job", "jackmany", "if fate ~= 'retrying' then\n          ended", "if true then\n          ended"},
		{"a force unguards the job", "jtake", "elseif not by or by == run then", "else"},
		{"a lost run guards its job in the queue", "jreap", "release(k, {run}, {text})\n  redis.call('RPUSH'", "redis.call('RPUSH'"},
		{"a run that ends keeps its job active", "jackmany", "release(k, ended, texts, alone)", ""},
		{"a fired run that ends keeps its job active", "jackmany", "byte(text, #run + 19) ~= 48", "false"},
		{"a job that has run for the last time leaves the board unseen", "jfire", "unpack(ids))\n  leave(k)", "unpack(ids))"},
		{"a run that was queued before its job left is believed to have it still", "jtake", "numbers[i] > gone or", "true or"},
		{"a retry that is queued stays parked", "jreap", "redis.call('HDEL', k.parked, run)\n  if waits", "if waits"},
		{"a cancelled run is handed out", "jtake", "e.cancelled and 'cancelled' or", ""},
		{"a pause leaves the job on the schedule", "jpause", "redis.call('ZREM', k.schedule, id)", ""},
		{"a take looks at no paused queue", "jtake", "while not shut and t.room > 0", "while t.room > 0"},
		{"a paused board fires", "jfire", "if not p.ends or p.ends > now then return true end", ""},
		{"a replayed run stays dead", "jreplay", "redis.call('ZREM', k.dead, dead)", ""},
		{"a collapsed run is not counted", "jtake", "counted[total] = (counted[total] or 0) + 1", ""},
		{"an enqueue sent again enqueues more", "jenqueue", "if before then return before end", ""},
		{"low runs starve", "jtake", "elseif turn == 9 then", "elseif false then"},
		{"normal runs starve", "jtake", "if turn == 4 then", "if false then"},
		{"each take begins the ten anew", "jtake", "turn = (turn + n) % 10", "turn = 0"},
		{"high runs wait", "jtake", "lists = {high, normal, low}}", "lists = {normal, low, high}}"},
		{"a run that is given back forgets its priority", "jackmany", "local queue = listof(k, runner, job.priority, on)", "local queue = listof(k, runner, nil, on)"},
		{"a lost run forgets its priority", "jreap", "local queue = listof(k, runner, job.priority, on)", "local queue = listof(k, runner, nil, on)"},
		{"a unique key is not looked at", "jenqueue", "by = holders[a.held]", "by = false"},
		{"an id is not looked at", "jenqueue", "local by = a.known and holders[a.known]", "local by"},
		{"a run that ends keeps its key", "jackmany", "if unique then free(k, run, text) end", ""},
		{"a run that is to be retried lets its key go", "jackmany", "if fate ~= 'retrying' then\n          ended", "if text and string.byte(text, #run + 12) == 117 then free(k, run, text) end\n        if fate ~= 'retrying' then\n          ended"},
		{"a lost run that ends keeps its key", "jreap", "if counts.unique then free(k, run, text) end\n          redis.call('ZREM', k.cancel, run)", "redis.call('ZREM', k.cancel, run)"},
		{"a run that is dropped keeps its key", "jtake", "if counts.unique then free(k, e.run, e.text) end", ""},
		{"a delayed run that is cancelled keeps its key", "jcancel", "if counts and counts.unique then free(k, run, text) end", ""},
		{"a trimmed run keeps its key", "jtrim", "if known then loosen(board, KEYS[i], n) end", ""},
		{"a delayed run is queued at once", "jenqueue", "if a.wait > 0 then park", "if false then park"},
		{"a delayed run comes too early", "jreap", "redis.call('ZRANGEBYSCORE', delayed, '-inf', string.format('%.6f', now)", "redis.call('ZRANGEBYSCORE', delayed, '-inf', string.format('%.6f', now + 1)"},
		{"a run that was delayed stays delayed", "jreap", "redis.call('ZREM', delayed, run)", ""},
		{"a run is handed out after its ttl", "jtake", "e.expired and 'expired'", "false"},
		{"a retry expires", "jtake", "counts.expires and not counts.try and not counts.lost and", "counts.expires and"},
		{"a run that is given back forgets its hosts", "jackmany", "local queue = listof(k, runner, job.priority, on)", "local queue = listof(k, runner, job.priority)"},
		{"a lost run forgets its hosts", "jreap", "local queue = listof(k, runner, job.priority, on)", "local queue = listof(k, runner, job.priority)"},
		{"a fire forgets the hosts", "jfire", "local to = listof(k, m.runner, m.priority, m.hosts)", "local to = listof(k, m.runner, m.priority)"},
		{"a run by hand forgets the hosts", "jrun", "to = listof(k, m.runner, m.priority, on)", "to = listof(k, m.runner, m.priority)"},
		{"a backfilled run forgets the hosts", "jbackfill", "local queue = listof(k, m.runner, m.priority, m.hosts)", "local queue = listof(k, m.runner, m.priority)"},
		{"a replayed run forgets the hosts", "jreplay", "local queue = listof(k, job.runner, job.priority, on)", "local queue = listof(k, job.runner, job.priority)"},
		{"the runs of all agents have one id", "jfire", "string.format('%.0f', seq + i - 1)", "string.format('%.0f', seq)"},
		{"the runs of all agents by hand have one id", "jrun", "run .. (i > 1 and string.format('%03x', i - 1) or '')", "run"},
		{"the runs of all agents count as one", "jfire", "s.pushed = s.pushed + math.max(0, #names - 1)", ""},
		{"a run for one agent ends and keeps its job active there", "jackmany", "jobs[i] or claim(run, texts[i])", "jobof(run)"},
		{"a run for one agent starts in the name of its job", "jtake", "e.claim = e.overlap and claim(run, text)", "e.claim = e.overlap and jobof(run)"},
		{"what waits for an agent that is gone stays", "jreap", "local texts = agent and now - seen > 60 and", "local texts = false and"},
		{"what ends with its agent is not counted", "jreap", "tally(k, {cancelled = #ended})", ""},
		{"an expired run is not counted", "jtake", "local total = deny == 'expired' and 'cancelled' or deny", "local total = deny"},
	}
	sources, err := Sources()
	if err != nil {
		t.Fatal(err)
	}
	for _, mistake := range mistakes {
		t.Run(mistake.name, func(t *testing.T) {
			t.Parallel()
			var text string
			for _, source := range sources {
				if source.Name == mistake.command {
					text = source.Text
				}
			}
			if strings.Count(text, mistake.good) != 1 {
				t.Fatalf("%s has %q %d times, want once: plant the mistake anew", mistake.command, mistake.good, strings.Count(text, mistake.good))
			}
			planted := strings.NewReplacer(text, strings.Replace(text, mistake.good, mistake.bad, 1))
			rdb := redistest.Start(t).Client()
			// The order of Redis' hashes is not seeded, so a seed may find a mistake
			// in one run and not in the next: search on until it is found. The rarest are
			// found by one seed of about twenty.
			for seed := range uint64(240) {
				if err := newModel(t, rdb, planted, 10+seed).play(400); err != nil {
					if !strings.Contains(err.Error(), "tests nothing") {
						t.Log(firstLine(err))
						return
					}
				}
				if err := rdb.FlushDB(t.Context()).Err(); err != nil {
					t.Fatal(err)
				}
			}
			t.Error("nothing was found")
		})
	}
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(fmt.Sprint(err), "\n")
	return line
}
