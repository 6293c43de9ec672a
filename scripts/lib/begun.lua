-- @include guard
-- @include hashed
-- @include leftat
-- Keeps the number of the latest attempts of jobs, which is that of a batch: of those that are on the board, as runs tell whose
-- numbers are higher than when a job last left it. Where somebody has overwritten the key, nothing.
local function begun(k, jobs, numbers, since)
  if #jobs == 0 then return end
  local n, key, latest, gone = 0, k.board .. ':latest', {}, leftat(k)
  for i, job in ipairs(jobs) do
    if numbers[i] > gone or redis.pcall('HEXISTS', k.board, job) == 1 then
      latest[n + 1], latest[n + 2] = job, since
      n = n + 2
    end
  end
  if n == 0 or guard(key, 'hash') then return end
  hashed(key, latest)
  redis.pcall('HSET', k.board .. ':backlog', 'latest', since)
end
