-- The runner type of a list made by listof, and its selector if it has one.
local function kindof(k, list)
  if string.sub(list, #k.board + 1, #k.board + 5) == ':sel:' then
    local runner, on = string.match(list, '^(.+):([^:]+)$', #k.board + 6)
    return runner or 'unreadable', on or ''
  end
  return string.match(string.sub(list, #k.board + 2), '^%l+:(.*)$') or 'unreadable'
end
