-- Tells whether the list of a selector can not be added to those of the board: agents
-- read all their names each second. What is not used for a day makes room.
local function crowded(k, runner, on)
  if not on or on == 'all' or string.byte(on) == 64 then return false end
  local index = k.board .. ':selectors'
  local n = redis.pcall('ZCARD', index)
  return type(n) ~= 'number' or n >= 1000 and not redis.call('ZSCORE', index, runner .. ':' .. on)
end
