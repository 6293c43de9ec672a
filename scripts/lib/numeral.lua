-- The shortest text that reads back as the same number; whole numbers without
-- exponent.
local function numeral(n)
  if n == 0 then return '0' end
  if n == math.floor(n) and n <= 9007199254740992 and n >= -9007199254740992 then
    return string.format('%.0f', n)
  end
  local text = string.format('%.14g', n)
  if tonumber(text) ~= n then text = string.format('%.17g', n) end
  return text
end
