-- JFIRE: queues what is due, for the agents' ticker, and delayed runs.
-- Knows the policies (overlap, misfire) and serves the runner types whose queues
-- are named. Bounded: the caller comes again at once when `more` is 1, and when it is 2
-- plans the schedules in the key `want` first; 3 is both.
-- KEYS: prefix op (queue bell)...
-- ARGV: op now limit term
-- Returns: {queued, next nominal time or that of a delayed run or "", now, more, unserved type...}
-- Errors: INVALID, WRONGTYPE, STALE
-- `term` is the caller's; STALE when a newer ticker was elected, or when Redis has
-- lost the term, so that nobody could tell who ticks: the caller campaigns again. ""
-- asks nothing: firing advances each schedule in the same step, so two tickers
-- cannot double it.
-- @include keys
-- @include clock
-- @include finite
-- @include guard
-- @include rarely
-- @include again
-- @include remember
-- @include fire
-- @include ripen
local k, own, common = keys()
local op, now, limit, term = ARGV[1], clock(ARGV[2] or 'absent'), finite(ARGV[3]), ARGV[4]
if not now or not limit or limit < 1 or not term or string.find(op, '%s') or (#KEYS - common) % 2 ~= 1 or not own then
  return redis.error_reply('INVALID op (without blanks), now, limit, term and pairs of queue and bell are needed')
end
local wrong = guard(own, 'string', k.board, 'hash', k.schedule, 'zset', k.seq, 'string', k.busy, 'hash', k.ledger, 'stream',
  k.stats, 'hash', k.tick, 'hash')
  or rarely(k.quarantine, 'hash', k.paused, 'hash', k.plan, 'hash', k.want, 'zset', k.waiting, 'hash', k.retry, 'zset',
    k.parked, 'hash', k.cancel, 'zset', k.board .. ':delayed', 'zset')
if wrong then return wrong end
local before = again(own, op)
if before then return before end
local newest = finite(redis.call('HGET', k.tick, 'term') or '') or 0
if term ~= '' and newest ~= finite(term) then
  return redis.error_reply('STALE term ' .. term .. ' is over, the term is ' .. string.format('%.0f', newest))
end

local queues, bells = {}, {}
for i = common + 2, #KEYS, 2 do
  wrong = guard(KEYS[i], 'list', KEYS[i + 1], 'list')
  if wrong then return wrong end
  local runner = string.sub(KEYS[i], #k.board + 8)
  queues[runner], bells[runner] = KEYS[i], KEYS[i + 1]
end
local queued, coming, more, unserved, rung, wants = fire(k, now, math.floor(limit), queues, true)
for runner in pairs(rung) do
  if redis.call('EXISTS', bells[runner]) == 0 then redis.call('LPUSH', bells[runner], 1) end
end
if ripen(k, now, math.floor(limit)) >= limit then more = 1 end
local later = redis.call('ZRANGE', k.board .. ':delayed', 0, 0, 'WITHSCORES')[2]
if later and (coming == '' or tonumber(later) < tonumber(coming)) then coming = later end
local reply = {queued, coming, string.format('%.6f', now), more + (wants > 0 and 2 or 0)}
for runner in pairs(unserved) do reply[#reply + 1] = runner end
return remember(own, op, reply)
