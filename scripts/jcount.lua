-- JCOUNT: sizes of a board.
-- KEYS: board schedule [runners [queue...]]
-- ARGV:
-- Returns: JSON text {"jobs", "scheduled", "runners", "queued": {queue key: length}, "running", "retrying", "dead", "delayed"}
-- Errors: INVALID, WRONGTYPE
-- Since: 2014
-- @include guard
-- @include quote
-- @include derived
if not KEYS[2] then return redis.error_reply('INVALID keys board and schedule are needed') end
local k = derived(KEYS[1], KEYS[2])
local wrong = guard(k.board, 'hash', k.schedule, 'zset', k.workers, 'zset', k.retry, 'zset', k.dead, 'zset', k.board .. ':delayed', 'zset')
if not wrong and KEYS[3] then wrong = guard(KEYS[3], 'hash') end
if wrong then return wrong end
local queued = {}
for i = 4, #KEYS do
  wrong = guard(KEYS[i], 'list')
  if wrong then return wrong end
  queued[#queued + 1] = quote(KEYS[i]) .. ':' .. redis.call('LLEN', KEYS[i])
end
local running = 0
for _, lane in ipairs(redis.call('ZRANGE', k.workers, 0, -1)) do
  running = running + math.max(0, redis.call('HLEN', k.board .. ':held:' .. lane) - 2)
end
return '{"jobs":' .. redis.call('HLEN', k.board)
  .. ',"scheduled":' .. redis.call('ZCARD', k.schedule)
  .. ',"runners":' .. (KEYS[3] and redis.call('HLEN', KEYS[3]) or 0)
  .. ',"queued":{' .. table.concat(queued, ',') .. '}'
  .. ',"running":' .. running
  .. ',"retrying":' .. redis.call('ZCARD', k.retry)
  .. ',"dead":' .. redis.call('ZCARD', k.dead)
  .. ',"delayed":' .. redis.call('ZCARD', k.board .. ':delayed') .. '}'
