-- @include jobof
-- @include runof
-- Tells whether a run is among the last ended ones of its job. For rare commands.
local function over(k, run)
  for _, text in ipairs(redis.pcall('LRANGE', k.board .. ':runs:' .. jobof(run), 0, -1)) do
    if runof(text) == run then return true end
  end
  return false
end
