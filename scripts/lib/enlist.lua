-- @include clock
-- Enters the list of a selector where agents look which lists there are. The lists of
-- single agents, of which there may be many, stand in a place of their own; of them
-- agents learn only that the type has some. What somebody else put in place of these
-- keys must not stop a command in its middle.
local function enlist(k, runner, on)
  local now = string.format('%.3f', clock(''))
  if string.byte(on) == 64 then -- @
    redis.pcall('ZADD', k.board .. ':shares', now, runner .. ':' .. on)
    on = 'all'
  end
  redis.pcall('ZADD', k.board .. ':selectors', now, runner .. ':' .. on)
end
