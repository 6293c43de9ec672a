-- @include following
-- @include numeral
-- What to do with a job whose nominal time has come: the nominal times to
-- queue, the next score (nil: the job is finished), how many times collapsed
-- into the first run, and the first and number of missed ones. p is what
-- planned says, of a job whose schedule is planned. Without policies, as 2014 did: one
-- run, however late.
local function due(m, score, now, policies, p)
  if m.stop and score > m.stop then return {}, nil, 0, score, 0 end
  local at, n, interval
  if p then
    at, n = p.at, p.n
    while m.stop and n > 1 and (p.times[n - 1] or 0) > m.stop do n = n - 1 end
  elseif not m.interval then
    return {score}, nil, 0, score, 0
  else
    at, n, interval = following(m, score, now)
    if m.stop and m.stop <= now then n = math.max(1, math.floor((m.stop - score + 5e-7) / interval) + 1) end
  end
  local next_ = at
  if m.stop and (m.stop <= now or at and at > m.stop) then next_ = nil end
  if not policies or m.misfire ~= 'skip' and m.misfire ~= 'run-all' and not m.misfire_grace then
    return {score}, next_, n - 1, score, 0
  end
  local late = m.misfire_grace or m.misfire == 'skip' and 5 or math.huge
  local first = 0
  if p then
    while first < n and (p.times[first] or 0) < now - late do first = first + 1 end
  else
    first = math.max(0, math.ceil((now - late - score) / interval))
  end
  if m.misfire == 'run-all' then first = math.max(first, n - 100)
  elseif m.misfire == 'skip' then first = math.max(first, n - 1) end
  if first >= n then return {}, next_, 0, score, n end
  local function time(i) return p and p.times[i] or not p and grid(m, score, i, interval) or nil end
  local times = {time(first)}
  if m.misfire == 'run-all' then
    for i = first + 1, n - 1 do times[#times + 1] = time(i) end
    return times, next_, 0, score, first
  end
  return times, next_, n - 1 - first, score, first
end
