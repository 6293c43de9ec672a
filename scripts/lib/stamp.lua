-- When a change takes place, as was writes it: the time and the board's counter.
local function stamp(k, now)
  local seq = redis.pcall('GET', k.seq)
  return string.format('%.3f ', now) .. (type(seq) == 'string' and seq or '0')
end
