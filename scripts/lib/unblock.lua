-- @include claim
-- A run that is no longer set aside does not wait for the active run of its job.
-- Ask only when something waits at all.
local function unblock(k, run, text)
  local name = claim(run, text)
  if redis.call('HGET', k.waiting, name) == run then redis.call('HDEL', k.waiting, name) end
end
