-- @include guard
-- @include park
-- @include release
-- @include listof
-- @include ring
-- @include hosts
-- Puts an entry that was taken before back to the serving end of its queue: it is
-- served next. The rare path, so the metadata is decoded to find the queue. From
-- now on the entry alone says that the run is to come, since plain consumers and
-- trimming tell nobody. Where the queue is no list, the run waits until it is one.
local function requeue(k, now, run, text)
  local ok, job = pcall(cjson.decode, text)
  job = ok and type(job) == 'table' and job or {}
  local runner = type(job.runner) == 'string' and job.runner or 'unreadable'
  local on = hosts(job)
  local queue = listof(k, runner, job.priority, on)
  if guard(queue, 'list') then return park(k, 'retry', now + 1, run, text) end
  release(k, {run}, {text})
  redis.call('RPUSH', queue, text)
  ring(k, runner, on)
end
