package scripts

import (
	"fmt"
	"strings"

	"github.com/jobs-agent/jobs"
)

// Format numbers the key table. An agent refuses a board with a higher one.
const Format = 3

// CommandsKey is the hash of all loaded commands, name -> SHA1. One a database,
// shared by all boards, and never touched together with keys of a board.
const CommandsKey = "commands"

// Key is a row of the key table, which is public: other programs read these keys.
type Key struct {
	Name     string // B is the board, capital words are variable
	Type     string
	Members  string
	Lifetime string
	Later    bool // reserved: no command of this version writes it
}

// Table describes every key that the command set touches.
func Table() []Key {
	return []Key{
		{"commands", "hash", "command name -> SHA1 of the script", "for ever", false},
		{"B", "hash", "job id -> metadata, JSON text (docs/metadata.md)", "the job", false},
		{"B:was:JOB", "list", "metadata that the job had before, newest first: until when (seconds) and until which B:seq it held, and the text; a line without one: it is not kept", "the last 20, fewer of long ones; 400 days after the last change, 30 after the job has left", false},
		{"B:schedule", "zset", "job id -> next nominal time, seconds", "the job", false},
		{"B:runners", "hash", "runner type -> command line; only the names count", "for ever", false},
		{"B:queue:TYPE", "list", "queue entries of normal priority: LPUSH in, RPOP out", "until taken", false},
		{"B:high:TYPE", "list", "queue entries of high priority", "until taken", false},
		{"B:low:TYPE", "list", "queue entries of low priority", "until taken", false},
		{"B:sel:TYPE:SELECTOR", "list", "queue entries of all priorities for agents that match a selector; SELECTOR is @NAME for the agent NAME alone", "until taken", false},
		{"B:selectors", "zset", "TYPE:SELECTOR, or TYPE:all where there are lists for single agents -> when a run was queued there last", "a day after that", false},
		{"B:shares", "zset", "TYPE:@NAME: list for a single agent -> when a run was queued there, or it was looked at, last", "while it has entries", false},
		{"B:turns", "hash", "runner type -> how many of ten runs were taken since a low one had its turn", "for ever", false},
		{"B:bell:TYPE", "list", "at most one token that wakes one waiting agent; losable; TYPE:SELECTOR for the list of a selector", "deleted by a take that finds the queue empty", false},
		{"B:seq", "string", "the board's one counter: orders queueing and starting", "for ever", false},
		{"B:workers", "zset", "worker lane -> end of its lease, seconds", "until reaped or left", false},
		{"B:held:LANE", "hash", "token -> queue entry as taken; .t and .a: last take and ack with their answers, and how many of each were carried out", "an hour after it was reaped, a minute after it left", false},
		{"B:busy", "hash", "job -> the run of it that has an attempt or waits in B:retry; jobs that do not allow overlap", "until the run ends", false},
		{"B:latest", "hash", "job -> B:seq when its latest attempt started; of jobs that do not allow overlap those that had another run queued then, or may have had", "the job", false},
		{"B:backlog", "hash", "a queue -> when the first of its runs of jobs that forbid overlap was fired into it since it was empty, and B:seq then, `0 0` if that is not known; twice: up to which B:seq a job may have two runs queued of which one is not to start; moved: B:seq when a job was changed, given an earlier time or taken off the board last; latest: the highest number in B:latest", "the queue until it is empty, the numbers for ever", false},
		{"B:left", "string", "B:seq when a job last left the board, or when that was first looked for; of a run with a higher number the job is still there", "for ever", false},
		{"B:retry", "zset", "run -> time at which it is queued again", "until then", false},
		{"B:dead", "zset", "run -> time of death", "30 days", false},
		{"B:parked", "hash", "run -> queue entry, of all runs in retry, delayed and dead", "with them", false},
		{"B:delayed", "zset", "one-off run that is to be queued later -> that time", "until then", false},
		{"B:waiting", "hash", "job with overlap queue or replace -> run that waits in B:retry for its active run to end", "until then", false},
		{"B:history", "stream", "one message an ack: run -> record (JSON), of every ended attempt", "about 4,000 messages", false},
		{"B:runs:JOB", "list", "records of the last ended runs, newest first; of a runner type for one-offs", "100 runs and 30 days, or as keep_runs and keep_age of the job say", false},
		{"B:output:JOB", "hash", "run -> what was kept of its output", "20 runs of a job, or as its keep_outputs says; 256 MiB a board, 30 days", false},
		{"B:outputs", "zset", "run -> time at which its output was stored", "with the output", false},
		{"B:progress", "hash", "run -> its last status update", "until the attempt ends", false},
		{"B:live", "hash", "run -> id of the last message in B:live:RUN, while it has one", "until the attempt ends; a day after the last piece of any", false},
		{"B:live:RUN", "stream", "SEQ-BYTES -> token, a piece of what the attempt has printed; BYTES are counted from its start to the end of the piece", "until the attempt ends; its last 128 KiB; a day after the last piece", false},
		{"B:ledger", "stream", "run or nominal identity -> JSON: what made no run (skipped, missed, collapsed, expired, trimmed, quarantined, unserved) and attempts that were lost, returned or stale", "about 10,000 messages", false},
		{"B:stats", "hash", "totals: queued, skipped, succeeded, failed, dead, cancelled, collapsed, trimmed, retrying, returned, lost, stale, output_bytes", "for ever", false},
		{"B:cancel", "zset", "run or job -> time of its cancel", "until the run ends; 30 days", false},
		{"B:paused", "hash", "job:ID, queue:TYPE, board or agent:NAME -> JSON: since, until, who, why, of a job also the next nominal time; gap: from and to of the board's last pause", "until resumed", false},
		{"B:quarantine", "hash", "job -> why its metadata cannot be scheduled", "until it is put again", false},
		{"B:alive", "hash", "reap: last reap by anyone; hold: no reaping before; unique: until when a unique key or an id may be held", "for ever", false},
		{"B:tick", "hash", "term, holder, since, value: of the last election", "for ever", false},
		{"B:leader", "string", "the election lock", "2 s, renewed", false},
		{"B:agents", "hash", "agent name -> description (JSON) with the time it was last seen", "an hour after the last heartbeat", false},
		{"B:format", "string", "number of this table", "for ever", false},
		{"B:op:CALLER", "string", "last operation of a caller and its answer", "60 s", false},
		{"B:plan", "hash", "schedule -> its times, `DB FROM t1 t2 ... `: all behind FROM, by the named time zone database; or `! ` and why it has none", "while a job uses it", false},
		{"B:want", "zset", "schedule that needs more times -> from when on", "until planned", false},
		{"B:reboot", "hash", "job that runs at the start of a host -> 1", "the job", false},
		{"B:boots", "zset", "boot of a host -> when it was told", "400 days", false},
		{"B:unserved", "hash", "runner type that no live agent serves and of which runs wait -> since when", "until it is served", false},
		{"B:after", "hash", "upstream job -> the jobs that follow it (JSON list); \\nroot JOB -> the job with which all ways to JOB begin, or nothing", "the jobs", false},
		{"B:flow:RUN", "hash", "of the flow that began with RUN: job -> queued or skipped; JOB\\nUPSTREAM -> how that ended (JSON)", "a day after its last step", false},
		{"B:met:JOB", "hash", "upstream job of a JOB that follows jobs of several flows -> its last success (JSON)", "until JOB runs; within", false},
		{"B:unique:KEY", "string", "run that holds a unique key; KEY is the runner type, a blank and the key", "until the run ends; 24 h", false},
		{"B:id:ID", "string", "run that was enqueued under an id of its caller; ID is the runner type, a blank and the id", "24 h from its end; 30 days", false},
		{"B:stage:ID", "hash", "an apply of a board file: number -> change (docs/commands.md, JSTAGE); once it is decided also at, count and file: how many are carried out, of how many", "until it is done; an hour while it is not decided", false},
		{"B:stages", "list", "ids of the applies that are decided and not finished, in the order of the decisions", "until they are done", false},
		{"B:boardfiles", "hash", "board file -> JSON: generation, how often an apply of it was decided; applied, when the last time", "for ever", false},
	}
}

// Keys builds the names of one board's keys.
type Keys struct{ board string }

// For checks the name of a board. A name has no colon, which separates it from
// the rest of a key; braces make all keys of the board share a cluster slot.
func For(board string) (Keys, error) {
	if board == "" || len(board) > 128 || strings.ContainsAny(board, ": \t\r\n") || board == CommandsKey {
		return Keys{}, fmt.Errorf("board %q: %w: a board's name is 1 to 128 bytes without colon and blanks, and not %q",
			board, jobs.ErrInvalid, CommandsKey)
	}
	return Keys{board: board}, nil
}

// Board is the key of the board itself and its name.
func (k Keys) Board() string { return k.board }

// Schedule and its fellows name the keys of the table.
func (k Keys) Schedule() string { return k.board + ":schedule" }

// Was names what metadata a job had before.
func (k Keys) Was(job string) string { return k.board + ":was:" + job }

// Runners names the registry of runner types.
func (k Keys) Runners() string { return k.board + ":runners" }

// Queue names the queue of a runner type.
func (k Keys) Queue(runner string) string { return k.board + ":queue:" + runner }

// List names the list of a runner type for runs of a priority.
func (k Keys) List(runner string, priority jobs.Priority) string {
	if priority == jobs.High || priority == jobs.Low {
		return k.board + ":" + string(priority) + ":" + runner
	}
	return k.Queue(runner)
}

// Lists names the lists of a runner type, of high, normal and low priority.
func (k Keys) Lists(runner string) []string {
	return []string{k.List(runner, jobs.High), k.Queue(runner), k.List(runner, jobs.Low)}
}

// Bell names the doorbell of a runner type.
func (k Keys) Bell(runner string) string { return k.board + ":bell:" + runner }

// Selected names the list of a runner type for agents that match a selector.
func (k Keys) Selected(runner string, s jobs.Selector) string {
	return k.board + ":sel:" + runner + ":" + string(s)
}

// Selectors names what selectors there are lists of.
func (k Keys) Selectors() string { return k.board + ":selectors" }

// Shares names what lists of single agents there are.
func (k Keys) Shares() string { return k.board + ":shares" }

// source names the list and the doorbell of what a worker takes from: a runner type, or
// a type and a selector.
func (k Keys) source(of string) (list, bell string) {
	if runner, selector, ok := jobs.CutSource(of); ok {
		return k.Selected(runner, selector), k.Bell(runner + ":" + string(selector))
	}
	return k.Queue(of), k.Bell(of)
}

// Workers names the leases of all worker lanes.
func (k Keys) Workers() string { return k.board + ":workers" }

// Held names what a worker lane holds.
func (k Keys) Held(lane string) string { return k.board + ":held:" + lane }

// Retry names the runs that wait for their retry.
func (k Keys) Retry() string { return k.board + ":retry" }

// Dead names the runs whose retries or losses are spent.
func (k Keys) Dead() string { return k.board + ":dead" }

// Delayed names the one-off runs that are to be queued later.
func (k Keys) Delayed() string { return k.board + ":delayed" }

// Waiting names the runs that wait for the active run of their job.
func (k Keys) Waiting() string { return k.board + ":waiting" }

// Parked names the entries of runs in retry, delayed and dead.
func (k Keys) Parked() string { return k.board + ":parked" }

// History names the stream of ended attempts.
func (k Keys) History() string { return k.board + ":history" }

// Runs names the list of a job's ended runs.
func (k Keys) Runs(job string) string { return k.board + ":runs:" + job }

// Output names what was kept of the output of a job's runs.
func (k Keys) Output(job string) string { return k.board + ":output:" + job }

// Ledger names the stream of nominal times that made no run.
func (k Keys) Ledger() string { return k.board + ":ledger" }

// Stats names the totals.
func (k Keys) Stats() string { return k.board + ":stats" }

// Quarantine names the jobs that cannot be scheduled.
func (k Keys) Quarantine() string { return k.board + ":quarantine" }

// Plan names the times of the schedules that are planned ahead.
func (k Keys) Plan() string { return k.board + ":plan" }

// Want names the schedules that need more times.
func (k Keys) Want() string { return k.board + ":want" }

// Boots names the boots of hosts that were told.
func (k Keys) Boots() string { return k.board + ":boots" }

// Unserved names the runner types of which the ledger says that nobody serves them.
func (k Keys) Unserved() string { return k.board + ":unserved" }

// Paused names what is paused, by whom and why.
func (k Keys) Paused() string { return k.board + ":paused" }

// Stage names the changes of an apply under way.
func (k Keys) Stage(id string) string { return k.board + ":stage:" + id }

// Stages names the applies that are decided and not finished.
func (k Keys) Stages() string { return k.board + ":stages" }

// BoardFiles names the board files that were applied.
func (k Keys) BoardFiles() string { return k.board + ":boardfiles" }

// Tick names the term and who holds it.
func (k Keys) Tick() string { return k.board + ":tick" }

// Leader names the election lock.
func (k Keys) Leader() string { return k.board + ":leader" }

// Agents names the agents' descriptions.
func (k Keys) Agents() string { return k.board + ":agents" }

// Progress names the last status updates of running attempts.
func (k Keys) Progress() string { return k.board + ":progress" }

// Live names the runs that have printed something in an attempt under way.
func (k Keys) Live() string { return k.board + ":live" }

// Printed names what the attempt under way of a run has printed so far.
func (k Keys) Printed(run string) string { return k.board + ":live:" + run }

// FormatKey names the number of the key table that the board was written by.
func (k Keys) FormatKey() string { return k.board + ":format" }

// Op names what a caller's last operation answered.
func (k Keys) Op(caller string) string { return k.board + ":op:" + caller }

// Prefix is the common KEYS prefix of all commands that are not of 2014, in the
// order of lib/keys.lua.
func (k Keys) Prefix() []string {
	names := []string{
		"schedule", "seq", "workers", "busy", "retry", "parked", "dead", "history", "ledger",
		"stats", "cancel", "quarantine", "alive", "tick", "agents", "outputs", "progress", "paused",
		"plan", "want", "reboot", "after", "waiting",
	}
	prefix := make([]string, 0, len(names)+8)
	prefix = append(prefix, k.board)
	for _, name := range names {
		prefix = append(prefix, k.board+":"+name)
	}
	return prefix
}

// Known tells whether a key of this board stands in the table, with its row.
func (k Keys) Known(key string) (Key, bool) {
	rest, ours := strings.CutPrefix(key, k.board)
	for _, row := range Table() {
		if key == row.Name {
			return row, true
		}
		pattern, ok := strings.CutPrefix(row.Name, "B")
		if !ok || !ours {
			continue
		}
		fixed := strings.TrimRight(pattern, "ABCDEFGHIJKLMNOPQRSTUVWXYZ:")
		if rest == pattern || fixed != pattern && strings.HasPrefix(rest, fixed+":") {
			return row, true
		}
	}
	return Key{}, false
}
