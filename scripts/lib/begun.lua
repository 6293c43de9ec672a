-- Keeps the numbers of the latest attempts of jobs, {job, number, ...}; those of doubt if they are on the board.
local function begun(k, latest, doubt)
  local n = #latest
  for i = 1, #doubt, 2 do
    if redis.pcall('HEXISTS', k.board, doubt[i]) == 1 then
      latest[n + 1], latest[n + 2] = doubt[i], doubt[i + 1]
      n = n + 2
    end
  end
  for i = 1, n, 1000 do redis.pcall('HSET', k.board .. ':latest', unpack(latest, i, math.min(i + 999, n))) end
end
