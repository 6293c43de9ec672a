-- What the ledger says of a pause: that there was one, by whom, and why.
local function blame(p)
  local function word(value, before) return type(value) == 'string' and value ~= '' and before .. value or '' end
  return 'paused' .. word(p.who, ' by ') .. word(p.why, ': ')
end
