-- @include leave
-- The number of the board's counter at which a job last left the board: a job of which a run with a higher one was
-- queued for a nominal time is still there. To be called behind the first write.
local function leftat(k)
  local at = redis.pcall('GET', k.board .. ':left')
  if at == false then leave(k) end -- what was before is not known
  return type(at) == 'string' and tonumber(at) or math.huge
end
