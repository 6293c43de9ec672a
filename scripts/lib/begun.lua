-- @include guard
-- @include hashed
-- Keeps the number of the latest attempts of jobs, which is that of a batch; of those of doubt if they are on the board.
-- Where somebody has overwritten the key, nothing.
local function begun(k, jobs, doubt, since)
  local n, key, latest = 0, k.board .. ':latest', {}
  local function add(job)
    latest[n + 1], latest[n + 2] = job, since
    n = n + 2
  end
  for _, job in ipairs(jobs) do add(job) end
  for _, job in ipairs(doubt) do
    if redis.pcall('HEXISTS', k.board, job) == 1 then add(job) end
  end
  if n > 0 and not guard(key, 'hash') then hashed(key, latest) end
end
