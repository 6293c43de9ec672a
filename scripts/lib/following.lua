-- @include span
-- @include grid
-- The first time of the grid score + n*interval, n >= 1, that is after now,
-- and n.
local function following(m, score, now)
  local interval = span(m, now)
  local n = math.max(1, math.floor((now - score) / interval) + 1)
  local at = grid(m, score, n, interval)
  if at <= now then
    n = n + 1
    at = grid(m, score, n, interval)
    if at <= now then at = now + math.max(interval, now * 1e-15) end
  end
  return at, n, interval
end
