-- @include finite
-- Seconds until the next try of a run that has failed n times, by the job's
-- decoded metadata. The jitter follows from seed, so that a replayed command
-- decides the same.
local function backoff(job, n, seed)
  local delay = finite(job.backoff_delay) or 1
  local factor = finite(job.backoff_factor) or 2
  local wait
  if job.backoff == 'fixed' then wait = delay
  elseif job.backoff == 'linear' then wait = delay * n
  else wait = delay * factor ^ (n - 1) end
  local jitter = math.max(0, math.min(1, finite(job.backoff_jitter) or 0.1))
  wait = wait * (1 + jitter * (((seed * 7919) % 1000) / 500 - 1))
  local cap = finite(job.backoff_cap) or 3600
  if wait ~= wait or wait > cap then wait = cap end
  return math.max(0, wait)
end
