-- Takes a finished job off board and schedule. What says that an attempt of it
-- still runs stays until that attempt ends.
local function drop(k, id)
  redis.call('ZREM', k.schedule, id)
  redis.call('HDEL', k.board, id)
  redis.call('HDEL', k.paused, 'job:' .. id)
  local last = redis.call('HGET', k.active, id)
  if last and not string.find(last, ' ', 1, true) then redis.call('HDEL', k.active, id) end
end
