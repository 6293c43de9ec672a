-- @include guard
-- @include hashed
-- Keeps the number of the latest attempts of jobs, {job, number, ...}; of those of doubt it is since, if they are on the
-- board. Where somebody has overwritten the key, nothing.
local function begun(k, latest, doubt, since)
  local n, key = #latest, k.board .. ':latest'
  for _, job in ipairs(doubt) do
    if redis.pcall('HEXISTS', k.board, job) == 1 then
      latest[n + 1], latest[n + 2] = job, since
      n = n + 2
    end
  end
  if n > 0 and not guard(key, 'hash') then hashed(key, latest) end
end
