-- The interval of a job at a time: it grows or shrinks by lambda once a step
-- since start, between min (a second, or the interval if shorter) and max (3,000
-- years).
local function span(m, now)
  if not m.lambda then return m.interval end
  local s = m.interval * m.lambda ^ math.floor((now - (m.start or now)) / m.step)
  local least, most = m.least or math.min(1, m.interval), m.most or 1e11
  if s ~= s or s < least then return math.min(least, most) end
  return math.min(s, most)
end
