-- @include guard
-- @include listof
-- @include ring
-- @include hosts
-- Queues the runs that waited for the active runs of jobs, which have ended, at the
-- serving end. Where a queue is no list the run goes on waiting for its time.
local function wake(k, jobs)
  if #jobs == 0 or redis.call('EXISTS', k.waiting) == 0 then return end
  for _, id in ipairs(jobs) do
    local run = redis.call('HGET', k.waiting, id)
    if run then redis.call('HDEL', k.waiting, id) end
    local text = run and redis.call('ZSCORE', k.retry, run) and redis.call('HGET', k.parked, run)
    local ok, job = pcall(cjson.decode, text or '')
    local runner = text and ok and type(job) == 'table' and type(job.runner) == 'string' and job.runner
    local on = runner and hosts(job)
    local queue = runner and listof(k, runner, job.priority, on)
    if queue and not guard(queue, 'list') then
      redis.call('ZREM', k.retry, run)
      redis.call('HDEL', k.parked, run)
      redis.call('RPUSH', queue, text)
      ring(k, runner, on)
    end
  end
end
