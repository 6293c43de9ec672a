-- @include claim
-- @include underway
-- @include wake
-- Says that runs have no attempt and no retry any more, so that `overlap: forbid`
-- lets the next ones of their jobs go. texts are the entries of the runs, jobs the jobs
-- of those of which they are known.
local function release(k, runs, texts, jobs)
  if #runs == 0 or redis.call('EXISTS', k.busy) == 0 then return end
  jobs = jobs or {}
  for i, run in ipairs(runs) do jobs[i] = jobs[i] or claim(run, texts[i]) end
  local ended, n = {}, 0
  for i, run in ipairs(underway(k, jobs)) do
    if run == runs[i] then
      n = n + 1
      ended[n] = jobs[i]
    end
  end
  for from = 1, n, 1000 do redis.call('HDEL', k.busy, unpack(ended, from, math.min(from + 999, n))) end
  wake(k, ended)
end
