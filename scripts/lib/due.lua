-- @include following
-- @include numeral
-- What to do with a job whose nominal time has come: the nominal times to
-- queue, the next score (nil: the job is finished), how many times collapsed
-- into the first run, and the first and number of missed ones. Without
-- policies, as 2014 did: one run, however late.
local function due(m, score, now, policies)
  if m.stop and score > m.stop then return {}, nil, 0, score, 0 end
  if not m.interval then return {score}, nil, 0, score, 0 end
  local at, n, interval = following(m, score, now)
  local next_ = at
  if m.stop and (m.stop <= now or at > m.stop) then next_ = nil end
  if m.stop and m.stop <= now then n = math.max(1, math.floor((m.stop - score + 5e-7) / interval) + 1) end
  if not policies or m.misfire ~= 'skip' and m.misfire ~= 'run-all' and not m.misfire_grace then
    return {score}, next_, n - 1, score, 0
  end
  local late = m.misfire_grace or m.misfire == 'skip' and 5 or math.huge
  local first = math.max(0, math.ceil((now - late - score) / interval))
  if m.misfire == 'run-all' then first = math.max(first, n - 100)
  elseif m.misfire == 'skip' then first = math.max(first, n - 1) end
  if first >= n then return {}, next_, 0, score, n end
  local times = {grid(m, score, first, interval)}
  if m.misfire == 'run-all' then
    for i = first + 1, n - 1 do times[#times + 1] = grid(m, score, i, interval) end
    return times, next_, 0, score, first
  end
  return times, next_, n - 1 - first, score, first
end
