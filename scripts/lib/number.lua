-- A decimal number as clients send it, or nil. Only plain notation and
-- infinity: what tonumber takes beyond that differs between Lua builds.
local function number(value)
  if type(value) == 'number' then
    if value ~= value then return nil end
    return value
  end
  if type(value) ~= 'string' then return nil end
  local sign, digits = string.match(value, '^([%+%-]?)([%d.]+)$')
  local power = ''
  if not digits then
    sign, digits, power = string.match(value, '^([%+%-]?)([%d.]+)([eE][%+%-]?%d+)$')
    -- The embedded store's tonumber knows exponents only behind a point.
    if digits and not string.find(digits, '.', 1, true) then power = '.0' .. power end
  end
  local n
  if digits then
    n = tonumber((string.gsub(digits, '^0+(%d)', '%1')) .. power)
  else
    sign, digits = string.match(string.lower(value), '^([%+%-]?)(inf)$')
    if not digits then sign, digits = string.match(string.lower(value), '^([%+%-]?)(infinity)$') end
    n = digits and math.huge
  end
  if n and sign == '-' then n = -n end
  return n or nil
end
