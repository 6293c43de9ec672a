-- @include jobof
-- Says that a run of a job has no attempt and no retry any more, so that
-- `overlap: forbid` lets the next one go. What stays is the number of its latest
-- attempt, as long as the job is on the board.
local function release(k, run)
  local job = jobof(run)
  local last = redis.call('HGET', k.active, job)
  if not last then return end
  local seq, by = string.match(last, '^(%d+) (.*)$')
  if by ~= run then return end
  if redis.call('HEXISTS', k.board, job) == 1 then
    redis.call('HSET', k.active, job, seq)
  else
    redis.call('HDEL', k.active, job)
  end
end
