-- @include jobof
-- @include forget
-- Forgets what has been kept for 30 days: output, dead runs, cancel marks. A few
-- a call.
local function expire(k, now)
  local old = string.format('%.3f', now - 2592000)
  for _, run in ipairs(redis.call('ZRANGEBYSCORE', k.outputs, '-inf', old, 'LIMIT', 0, 20)) do
    forget(k, jobof(run), {run})
  end
  for _, run in ipairs(redis.call('ZRANGEBYSCORE', k.dead, '-inf', old, 'LIMIT', 0, 20)) do
    redis.call('ZREM', k.dead, run)
    redis.call('HDEL', k.parked, run)
  end
  redis.call('ZREMRANGEBYSCORE', k.cancel, '-inf', old)
end
