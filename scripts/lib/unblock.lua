-- @include jobof
-- A run that is no longer set aside does not wait for the active run of its job.
-- Ask only when something waits at all.
local function unblock(k, run)
  local job = jobof(run)
  if redis.call('HGET', k.waiting, job) == run then redis.call('HDEL', k.waiting, job) end
end
