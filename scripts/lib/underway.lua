-- The active runs of jobs, in their order: of each the run that has an attempt or waits for its retry, or
-- false; none where none has. Few are read whole, for in a hash of few fields (see hashed) Redis looks for each by passing all others.
local function underway(k, jobs)
  local runs, n, of = {}, redis.call('HLEN', k.busy), {}
  if n == 0 then return runs end
  if n <= math.min(#jobs, 64) then
    local all = redis.call('HGETALL', k.busy)
    for i = 1, #all, 2 do of[all[i]] = all[i + 1] end
    for i, job in ipairs(jobs) do runs[i] = of[job] or false end
    return runs
  end
  for from = 1, #jobs, 1000 do
    for i, run in ipairs(redis.call('HMGET', k.busy, unpack(jobs, from, math.min(from + 999, #jobs)))) do runs[from + i - 1] = run end
  end
  return runs
end
