-- The runner type of a list made by listof.
local function kindof(k, list)
  return string.match(string.sub(list, #k.board + 2), '^%l+:(.*)$') or 'unreadable'
end
