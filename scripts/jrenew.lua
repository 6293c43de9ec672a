-- JRENEW: keeps the lease of a worker lane.
-- KEYS: prefix held
-- ARGV: lane now lease count since [maxlost token...]
-- Returns: {0|1, number of cancelled, cancelled run or job, its time, ... token...}; 1 when the lane holds other than `count` runs, and then all its tokens follow
-- Errors: INVALID, WRONGTYPE, STALE
-- STALE when the lane has no lease: it was reaped, and its runs belong to others.
-- `since` is the time of the lane's last renew; what was cancelled from then on
-- comes back, and the worker stops what it holds of it. A `token` is one of the lane that its worker does not know, since Redis has
-- forgotten in a failover that it was acked. It is lost as if its lease were over, see JREAP, unless a key that this takes is
-- overwritten. What a take has brought whose answer is awaited must not be named.
-- @include keys
-- @include clock
-- @include finite
-- @include guard
-- @include regardless
-- @include lose
-- @include rarely
local k, held = keys()
local lane, now, lease = ARGV[1], clock(ARGV[2] or 'absent'), finite(ARGV[3])
local count, since = finite(ARGV[4]), finite(ARGV[5])
if not held or not now or not lease or lease <= 0 or not count or not since then
  return redis.error_reply('INVALID lane, now, lease, count and since are needed')
end
local strange, maxlost = #ARGV - 6, finite(ARGV[6] or '1')
if not maxlost or strange > 1000 then return redis.error_reply('INVALID maxlost and at most 1000 tokens are needed') end
local wrong = guard(k.workers, 'zset', held, 'hash', k.cancel, 'zset')
if wrong then return wrong end
if strange > 0 and (guard(k.board, 'hash', k.busy, 'hash', k.history, 'stream', k.ledger, 'stream', k.stats, 'hash', k.outputs, 'zset', k.seq, 'string')
  or rarely(k.retry, 'zset', k.parked, 'hash', k.dead, 'zset', k.progress, 'hash', k.waiting, 'hash') or flows(k)) then
  strange = 0 -- the lease of all the others is worth more than they are
end
if not redis.call('ZSCORE', k.workers, lane) then
  return redis.error_reply('STALE lane ' .. lane .. ' has no lease')
end
regardless('ZREM', k.workers)
redis.call('ZADD', k.workers, string.format('%.3f', now + lease), lane)
local only = {}
for i = 7, #ARGV do only[ARGV[i]] = true end
if strange > 0 then lose(k, lane, now, strange, maxlost, only) end
local reply = {0, 0}
if redis.call('EXISTS', k.cancel) == 1 then
  local marks = redis.call('ZRANGEBYSCORE', k.cancel, string.format('%.3f', since), '+inf', 'WITHSCORES', 'LIMIT', 0, 1000)
  reply[2] = #marks / 2
  for _, value in ipairs(marks) do reply[#reply + 1] = value end
end
if math.max(0, redis.call('HLEN', held) - 2) ~= count then
  reply[1] = 1
  for _, token in ipairs(redis.call('HKEYS', held)) do
    if string.sub(token, 1, 1) ~= '.' then reply[#reply + 1] = token end
  end
end
return reply
