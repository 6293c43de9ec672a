-- The interval of a job at a time: it grows or shrinks by lambda once a step
-- since start, between a second (or the interval, if shorter) and 3,000 years.
local function span(m, now)
  if not m.lambda then return m.interval end
  local s = m.interval * m.lambda ^ math.floor((now - (m.start or now)) / m.step)
  local least = math.min(1, m.interval)
  if s ~= s or s < least then return least end
  return math.min(s, 1e11)
end
