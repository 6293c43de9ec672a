-- JREPLAY: queues a dead run once more, as a new run.
-- The new entry is that of the dead run with its counts at zero, but for the nominal
-- time of a backfilled one, and the field `replay_of`; the dead run leaves the dead, its record stays in the history.
-- KEYS: prefix op
-- ARGV: op now dead run force
-- Returns: the runner type
-- Errors: INVALID, WRONGTYPE, NORUN, ACTIVE, STALE
-- The caller mints the id, JOB#X with X in hex digits and JOB that of the dead run.
-- With `overlap: forbid` ACTIVE says which run is in the way, unless `force` is 1.
-- @include keys
-- @include clock
-- @include guard
-- @include again
-- @include remember
-- @include sequence
-- @include jobof
-- @include head
-- @include entry
-- @include quote
-- @include tally
-- @include listof
-- @include hosts
-- @include ring
-- @include byhand
local k, own = keys()
local op, now, dead, run, force = ARGV[1], clock(ARGV[2] or 'absent'), ARGV[3], ARGV[4], ARGV[5]
if not own or not now or not force or jobof(run) ~= jobof(dead) or not string.find(run, '#%x+$') or run == dead or string.find(op, '%s') then
  return redis.error_reply('INVALID op (without blanks), now, dead, run (JOB#HEX, of the same job) and force are needed')
end
local wrong = guard(own, 'string', k.seq, 'string', k.busy, 'hash', k.stats, 'hash', k.dead, 'zset', k.parked, 'hash')
if wrong then return wrong end
local before = again(own, op)
if before then return before[1] end
local text = redis.call('ZSCORE', k.dead, dead) and redis.call('HGET', k.parked, dead)
if not text then return remember(own, op, redis.error_reply('NORUN ' .. dead .. ' is not among the dead')) end
local _, _, rest, old = head(text)
local ok, job = pcall(cjson.decode, text)
if not rest or not ok or type(job) ~= 'table' or type(job.runner) ~= 'string' or job.runner == '' then
  return redis.error_reply('INVALID ' .. dead .. ' has no metadata that could run')
end
local by = job.overlap == 'forbid' and redis.call('HGET', k.busy, jobof(run))
if by and force ~= '1' then
  return remember(own, op, redis.error_reply('ACTIVE run ' .. by .. ' of ' .. jobof(run) .. ' is running or waits for its retry'))
end
local on = hosts(job)
local queue = listof(k, job.runner, job.priority, on)
wrong = guard(queue, 'list', k.board .. ':bell:' .. job.runner, 'list')
if wrong then return wrong end
redis.call('ZREM', k.dead, dead)
redis.call('HDEL', k.parked, dead)
if string.sub(rest, 1, 13) == '"replay_of":"' then rest = string.match(rest, '^"replay_of":"[^"\\]*",(.*)$') or rest end
local counts = {seq = sequence(k, 1), force = force == '1' and 1 or nil, due = old.due}
redis.call('LPUSH', queue, entry(run, counts, string.format('%.3f', now), '"replay_of":' .. quote(dead) .. ',' .. rest))
ring(k, job.runner, on)
if job.overlap == 'forbid' and not (on and string.byte(on) == 64) then byhand(k, counts.seq, queue) end
tally(k, {queued = 1})
return remember(own, op, {job.runner})[1]
