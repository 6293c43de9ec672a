-- The entries of one-off runs whose ids end in three hexadecimal digits, their places behind the stem, and whose metadata, without
-- the first brace, begin alike: the list has the rest of each from an index on, tail is the rest of their heads. Or nil and what is wrong.
local function numbered(stem, alike, list, from, tail)
  local byte, entries, n = string.byte, {}, 0
  local digits = {[0] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'}
  local lead, last = nil, 15
  if byte(alike, 1) ~= 34 then return nil, 'INVALID metadata of ' .. stem .. ' are not JSON objects without their brace' end -- "
  tail = tail .. alike
  for i = from, #list do
    last = last + 1
    if last == 16 then lead, last = '{"run":"' .. stem .. string.format('%02x', n / 16), 0 end
    local text = list[i]
    if byte(text, -1) ~= 125 then return nil, 'INVALID metadata of ' .. stem .. ' ' .. n .. ' is not a JSON object' end -- }
    n = n + 1
    entries[n] = lead .. digits[last] .. tail .. text
  end
  return entries
end
