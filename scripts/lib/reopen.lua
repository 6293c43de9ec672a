-- @include numeral
-- Ends the pause p of the board. The nominal times within it are passed over by
-- the fires to come, which find its bounds as the gap; one that is not yet passed
-- over whole grows.
local function reopen(k, p, now)
  local gap = redis.call('HGET', k.paused, 'gap')
  local from = gap and string.match(gap, '^{"from":([%d.]+)') or numeral(p.since)
  redis.call('HDEL', k.paused, 'board')
  redis.call('HSET', k.paused, 'gap', '{"from":' .. from .. ',"to":' .. numeral(now) .. '}')
end
