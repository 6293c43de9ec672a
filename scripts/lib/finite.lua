-- @include number
-- A number that is neither infinite nor missing, or nil.
local function finite(value)
  local n = number(value)
  if n and n < math.huge and n > -math.huge then return n end
  return nil
end
