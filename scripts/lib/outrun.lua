-- An error when an operation is a copy that the network held up until its caller had
-- gone on to a higher one, else nil. Operations that are no numbers have no order.
local function outrun(op, last)
  local mine, newest = tonumber(op), tonumber(last)
  if not mine or not newest or mine >= newest then return nil end
  return redis.error_reply('STALE operation ' .. op .. ' comes late, after ' .. last)
end
