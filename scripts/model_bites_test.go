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
		{"a push that comes late pushes", "jpush", "or outrun(op, before)", "or nil"},
		{"an ack looks at no token", "jackmany", `if not same and (not text or head(text) ~= run) then`, never + "text then"},
		{"an ack looks at the token and not at the run", "jackmany", `(not text or head(text) ~= run) then`, "not text then"},
		{"the same token twice counts twice", "jackmany", "not became[token] and entries[i]", "entries[i]"},
		{"an ended attempt stays held", "jackmany", "if #gone > 0 then redis.call('HDEL', held, unpack(gone)) end", ""},
		{"a reaped run stays held", "jreap", "redis.call('HDEL', held, token)", ""},
		{"a reap forgets what it did before the limit", "jreap", "whole = false\n        break", "return n"},
		{"a take looks at no overlap", "jtake", "if e and e.overlap then", "if false then"},
		{"a retry guards no job", "jackmany", "if fate ~= 'retrying' then\n          ended", "if true then\n          ended"},
		{"a force unguards the job", "jtake", "elseif not by or by == '' or by == e.run then", "else"},
		{"a lost run guards its job in the queue", "jreap", "release(k, {run})\n  redis.call('RPUSH'", "redis.call('RPUSH'"},
		{"a run that ends keeps its job active", "jackmany", "release(k, ended)", ""},
		{"a retry that is queued stays parked", "jreap", "redis.call('HDEL', k.parked, run)\n  if waits", "if waits"},
		{"a cancelled run is handed out", "jtake", "e.cancelled and 'cancelled' or", ""},
		{"a pause leaves the job on the schedule", "jpause", "redis.call('ZREM', k.schedule, id)", ""},
		{"a take looks at no paused queue", "jtake", "while not shut and t.room > 0", "while t.room > 0"},
		{"a paused board fires", "jfire", "if not p.ends or p.ends > now then return true end", ""},
		{"a replayed run stays dead", "jreplay", "redis.call('ZREM', k.dead, dead)", ""},
		{"a collapsed run is not counted", "jtake", "if deny ~= 'wait' and deny ~= 'blocked' then counted[total] = (counted[total] or 0) + 1 end", ""},
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
			// in one run and not in the next: search on until it is found.
			for seed := range uint64(24) {
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
