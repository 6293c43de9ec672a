-- Keeps the numbers of the latest attempts of jobs, {job, number, ...}; those of doubt if they are on the board.
local function begun(k, latest, doubt)
  local names = {}
  for i = 1, #doubt, 2 do names[#names + 1] = doubt[i] end
  local due = #names > 0 and redis.pcall('ZMSCORE', k.schedule, unpack(names)) -- shorter than the metadata
  for i, job in ipairs(names) do
    if due[i] or redis.call('HEXISTS', k.board, job) == 1 then
      latest[#latest + 1], latest[#latest + 2] = job, doubt[2 * i]
    end
  end
  for i = 1, #latest, 1000 do redis.pcall('HSET', k.board .. ':latest', unpack(latest, i, math.min(i + 999, #latest))) end
end
