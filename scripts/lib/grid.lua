-- The n-th nominal time of a job's grid behind score. Rounded to a microsecond where
-- it has a fraction: sums of fractions that binary numbers cannot hold would drift off
-- the grid, and past a stop that lies on it. A decaying interval has no such grid.
local function grid(m, score, n, interval)
  local at = score + n * interval
  if at % 1 == 0 or m.lambda or math.abs(at) > 4e9 then return at end
  return math.floor(at * 1e6 + 0.5) / 1e6
end
