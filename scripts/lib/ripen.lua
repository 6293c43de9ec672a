-- @include head
-- @include entry
-- @include guard
-- @include cancelled
-- @include sequence
-- @include listof
-- @include ring
-- @include hosts
-- Queues delayed runs whose time has come, at most limit, behind what waits already.
-- They count as queued from now on; what was cancelled keeps its time, so that a
-- take finds it older than the cancel. Where the queue is no list, the run waits until
-- it is one. Returns how many there were.
local function ripen(k, now, limit)
  local delayed = k.board .. ':delayed'
  local ready = redis.call('ZRANGEBYSCORE', delayed, '-inf', string.format('%.6f', now), 'LIMIT', 0, limit)
  if #ready == 0 then return 0 end
  local marks, rung = redis.call('EXISTS', k.cancel) == 1, {}
  local texts = redis.call('HMGET', k.parked, unpack(ready))
  for i, run in ipairs(ready) do
    local text = texts[i] or ''
    local ok, job = pcall(cjson.decode, text)
    local _, queued, rest, counts = head(text)
    local runner = ok and type(job) == 'table' and type(job.runner) == 'string' and job.runner or 'unreadable'
    job = ok and type(job) == 'table' and job or {}
    local on = hosts(job)
    local list = listof(k, runner, job.priority, on)
    if rest and guard(list, 'list') then
      redis.call('ZADD', delayed, string.format('%.3f', now + 1), run)
    else
      redis.call('ZREM', delayed, run)
      redis.call('HDEL', k.parked, run)
      if rest then
        if not marks or not cancelled(k, run, queued) then queued = string.format('%.3f', now) end
        counts.seq = sequence(k, 1)
        redis.call('LPUSH', list, entry(run, counts, queued, rest))
        if on then ring(k, runner, on) else rung[runner] = true end
      end
    end
  end
  for runner in pairs(rung) do ring(k, runner) end
  return #ready
end
