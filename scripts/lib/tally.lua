-- Adds to the board's totals, from which doctor recomputes conservation.
local function tally(k, counts)
  for name, n in pairs(counts) do
    if n ~= 0 then redis.call('HINCRBY', k.stats, name, n) end
  end
end
