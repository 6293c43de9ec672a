-- @include finite
-- The time that a caller means: its own if it sent one, Redis' for an empty
-- string (the cluster has one clock), nil if it makes no sense.
local function clock(value)
  if value == '' then
    local t = redis.call('TIME')
    return tonumber(t[1]) + tonumber(t[2]) / 1000000
  end
  return finite(value)
end
