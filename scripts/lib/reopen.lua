-- @include numeral
-- @include quote
-- Ends the pause p of the board. The nominal times within it are passed over by
-- the fires to come, which find its bounds as the gap; one that is not yet passed
-- over whole grows.
local function reopen(k, p, now)
  local gap = redis.call('HGET', k.paused, 'gap')
  local from = gap and string.match(gap, '^{"from":([%d.]+)') or numeral(p.since)
  redis.call('HDEL', k.paused, 'board')
  local text = '{"from":' .. from .. ',"to":' .. numeral(now)
  for _, name in ipairs({'who', 'why'}) do
    if type(p[name]) == 'string' and p[name] ~= '' then text = text .. ',"' .. name .. '":' .. quote(p[name]) end
  end
  redis.call('HSET', k.paused, 'gap', text .. '}')
end
