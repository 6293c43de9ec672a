-- JCANCEL: stops a run, or all runs of a job queued until now.
-- A run waiting for its retry ends at once; a queued one when it is taken; a
-- running one when its worker renews. Later runs of the job are not touched.
-- KEYS: prefix op
-- ARGV: op now target
-- Returns: 1 if the target waited for a retry and has ended, else 0
-- Errors: INVALID, WRONGTYPE
-- @include keys
-- @include clock
-- @include guard
-- @include again
-- @include remember
-- @include head
-- @include release
-- @include record
-- @include keep
-- @include tally
local k = keys()
local op, now, target = ARGV[1], clock(ARGV[2] or 'absent'), ARGV[3]
if not KEYS[19] or not now or not target or target == '' or string.find(op, '%s') then
  return redis.error_reply('INVALID op (without blanks), now and target are needed')
end
local wrong = guard(KEYS[19], 'string', k.cancel, 'zset', k.retry, 'zset', k.parked, 'hash', k.active, 'hash', k.history, 'stream', k.stats, 'hash', k.outputs, 'zset')
if wrong then return wrong end
local before = again(KEYS[19], op)
if before then return before[1] end
redis.call('ZADD', k.cancel, string.format('%.3f', now), target)
local run = string.match(redis.call('HGET', k.active, target) or '', ' (.*)$') or target
local ended = redis.call('ZREM', k.retry, run)
if ended == 1 then
  local text = redis.call('HGET', k.parked, run)
  local _, queued, _, counts = head(text or '')
  redis.call('HDEL', k.parked, run)
  redis.call('ZREM', k.cancel, run)
  release(k, {run})
  keep(k, now, {{run, record({state = 'cancelled', run = run, queued = tonumber(queued), finished = now,
    attempt = counts and (counts.try or 1) - 1, lost = counts and counts.lost, reason = 'cancelled while it waited for a retry'}), true}})
  tally(k, {cancelled = 1})
end
return remember(KEYS[19], op, {ended})[1]
