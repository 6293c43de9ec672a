-- JTICK: queues what is due, for tickers of 2014.
-- Serves the runner types whose queues are named: the part behind the last colon
-- of a key, or behind its first ":queue:". Jobs of other types stay due, and so
-- do jobs with fields that 2014 did not know. One run a job and call, however late.
-- KEYS: board schedule [queue...]
-- ARGV: now [limit]
-- Returns: the number of runs queued
-- Errors: INVALID, WRONGTYPE
-- Since: 2014
-- `limit` bounds the runs of one call, 10,000 if absent; what is left stays due.
-- It looks at no more than 20 times as many due jobs and 100,000: behind more jobs
-- of types that are not named, the others wait.
-- @include clock
-- @include finite
-- @include guard
-- @include derived
-- @include fire
if not KEYS[2] then return redis.error_reply('INVALID keys board and schedule are needed') end
local now = ARGV[1] and clock(ARGV[1])
if not now then return redis.error_reply('INVALID now is not a time in seconds: ' .. tostring(ARGV[1])) end
local limit = 10000
if ARGV[2] and ARGV[2] ~= '' then
  limit = finite(ARGV[2])
  if not limit or limit < 1 then return redis.error_reply('INVALID limit is not a number above 0: ' .. ARGV[2]) end
end
local k, queues = derived(KEYS[1], KEYS[2]), {}
local wrong = guard(k.board, 'hash', k.schedule, 'zset', k.seq, 'string', k.busy, 'hash',
  k.ledger, 'stream', k.stats, 'hash', k.quarantine, 'hash', k.paused, 'hash', k.plan, 'hash', k.want, 'zset', k.waiting, 'hash', k.retry, 'zset', k.parked, 'hash', k.cancel, 'zset')
if wrong then return wrong end
for i = 3, #KEYS do
  wrong = guard(KEYS[i], 'list')
  if wrong then return wrong end
  queues[string.match(KEYS[i], '([^:]*)$')] = KEYS[i]
end
for i = 3, #KEYS do
  local whole = string.match(KEYS[i], ':queue:(.*)$')
  if whole then queues[whole] = KEYS[i] end
end
if #KEYS == 2 then return 0 end
return (fire(k, now, math.floor(limit), queues, false))
