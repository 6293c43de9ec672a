-- JREAP: gives back the runs of lanes whose lease is over, and queues the runs
-- whose retry time or, if they were delayed, own time has come.
-- Every agent calls it; bounded by `limit` runs a call. When nobody has reaped
-- for half a lease, Redis was out of reach for all, and all leases get one more.
-- KEYS: prefix op
-- ARGV: op now lease limit maxlost
-- Returns: {runs given back, retries and delayed runs queued, more}
-- Errors: INVALID, WRONGTYPE, STALE
-- A lost run goes to the serving end of its queue; after `maxlost` losses it is
-- dead, with `on_lost: fail` it is failed at the first. What waits for an agent alone that is
-- gone is cancelled.
-- @include keys
-- @include clock
-- @include finite
-- @include guard
-- @include again
-- @include remember
-- @include regardless
-- @include lose
-- @include requeue
-- @include unblock
-- @include expire
-- @include ripen
-- @include gone
-- @include rarely
local k, own = keys()
local op, now, lease, limit, maxlost = ARGV[1], clock(ARGV[2] or 'absent'), finite(ARGV[3]), finite(ARGV[4]), finite(ARGV[5])
if not own or not now or not lease or lease <= 0 or not limit or limit < 1 or not maxlost or string.find(op, '%s') then
  return redis.error_reply('INVALID op (without blanks), now, lease, limit and maxlost are needed')
end
limit = math.floor(limit)
local wrong = guard(own, 'string', k.workers, 'zset', k.alive, 'hash', k.board, 'hash', k.busy, 'hash',
  k.history, 'stream', k.ledger, 'stream', k.stats, 'hash', k.outputs, 'zset', k.seq, 'string')
  or rarely(k.retry, 'zset', k.parked, 'hash', k.dead, 'zset', k.cancel, 'zset', k.progress, 'hash', k.waiting, 'hash',
    k.board .. ':delayed', 'zset') or flows(k)
if wrong then return wrong end
local before = again(own, op)
if before then return before end

regardless('HDEL', k.alive)
local hold = finite(redis.call('HGET', k.alive, 'hold')) or 0
local last = finite(redis.call('HGET', k.alive, 'reap'))
if not last or now - last > lease / 2 then
  hold = now + lease
  redis.call('HSET', k.alive, 'hold', string.format('%.3f', hold))
end
redis.call('HSET', k.alive, 'reap', string.format('%.3f', math.max(now, last or 0)))

local lost = 0
if now >= hold then
  for _, lane in ipairs(redis.call('ZRANGEBYSCORE', k.workers, '-inf', string.format('%.3f', now), 'LIMIT', 0, 50)) do
    if lost < limit then lost = lost + lose(k, lane, now, limit - lost, maxlost) end
  end
  gone(k, now)
end
local ready = redis.call('ZRANGEBYSCORE', k.retry, '-inf', string.format('%.3f', now), 'LIMIT', 0, limit)
local waits = redis.call('EXISTS', k.waiting) == 1
for i = #ready, 1, -1 do -- each goes in front of those before: who waited longest is served first
  local run = ready[i]
  local text = redis.call('HGET', k.parked, run)
  redis.call('ZREM', k.retry, run)
  redis.call('HDEL', k.parked, run)
  if waits then unblock(k, run, text) end
  if text then requeue(k, now, run, text) end
end
expire(k, now)
local ripe = ripen(k, now, limit)
return remember(own, op, {lost, #ready + ripe, (lost >= limit or #ready >= limit or ripe >= limit) and 1 or 0})
