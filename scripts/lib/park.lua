-- Sets a run aside until a time (retry) or for people to look at (dead).
local function park(k, where, at, run, text)
  redis.call('ZADD', k[where], string.format('%.3f', at), run)
  redis.call('HSET', k.parked, run, text)
end
