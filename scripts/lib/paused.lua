-- @include pause
-- Whether a queue or an agent is paused now. A pause whose time is over is removed.
local function paused(k, what, now)
  local p = pause(k, what)
  if p and p.ends and p.ends <= now then
    redis.call('HDEL', k.paused, what)
    return false
  end
  return p ~= nil
end
