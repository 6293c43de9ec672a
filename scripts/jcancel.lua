-- JCANCEL: stops a run, or all runs of a job queued until now.
-- Runs that are delayed or wait for their retry end at once (of each the 1,000 that are due next; the
-- others when it comes), a queued one when it is taken, a running one when its
-- worker renews. Later runs of the job are not touched.
-- KEYS: prefix op
-- ARGV: op now target
-- Returns: how many runs that waited for a time have ended
-- Errors: INVALID, WRONGTYPE, STALE
-- @include keys
-- @include clock
-- @include guard
-- @include again
-- @include remember
-- @include head
-- @include jobof
-- @include release
-- @include unblock
-- @include record
-- @include keep
-- @include limits
-- @include tally
-- @include regardless
-- @include free
-- @include follow
local k, own = keys()
local op, now, target = ARGV[1], clock(ARGV[2] or 'absent'), ARGV[3]
if not own or not now or not target or target == '' or string.find(op, '%s') then
  return redis.error_reply('INVALID op (without blanks), now and target are needed')
end
local wrong = guard(own, 'string', k.cancel, 'zset', k.retry, 'zset', k.parked, 'hash', k.busy, 'hash', k.history, 'stream', k.stats, 'hash', k.outputs, 'zset', k.waiting, 'hash',
  k.board .. ':delayed', 'zset') or flows(k)
if wrong then return wrong end
local before = again(own, op)
if before then return before[1] end
regardless('HDEL', k.parked)
redis.call('ZADD', k.cancel, string.format('%.3f', now), target)
local waiting = redis.call('EXISTS', k.waiting) == 1
local ended, kept, over, texts = {}, {}, {}, {}
local function stop(waits, run, reason)
  if redis.call('ZREM', waits, run) == 1 then
    local text = redis.call('HGET', k.parked, run) or ''
    local _, queued, _, counts = head(text)
    local ok, job = pcall(cjson.decode, text)
    redis.call('HDEL', k.parked, run)
    if waiting then unblock(k, run, text) end
    ended[#ended + 1] = run
    texts[#texts + 1] = text
    if k.flows then over[#over + 1] = {run, text, 'cancelled'} end
    limits(kept, run, text)
    kept[#kept + 1] = run
    kept[#kept + 1] = record({state = 'cancelled', run = run, runner = ok and type(job) == 'table' and job.runner,
      queued = tonumber(queued or ''), finished = now, attempt = counts and (counts.try or 1) - 1, lost = counts and counts.lost,
      missed = counts and counts.missed, due = counts and counts.due and counts.due / 1000, reason = reason})
    if counts and counts.unique then free(k, run, text) end
  end
end
for waits, reason in pairs({[k.retry] = 'cancelled while it waited for a retry', [k.board .. ':delayed'] = 'cancelled before its time'}) do
  stop(waits, target, reason)
  if ended[1] ~= target then
    for _, run in ipairs(redis.call('ZRANGE', waits, 0, 999)) do
      if jobof(run) == target then stop(waits, run, reason) end
    end
  end
end
if ended[1] == target then redis.call('ZREM', k.cancel, target) end
release(k, ended, texts)
if #kept > 0 then keep(k, now, kept) end
tally(k, {cancelled = #ended})
if #over > 0 then follow(k, now, over) end
return remember(own, op, {#ended})[1]
