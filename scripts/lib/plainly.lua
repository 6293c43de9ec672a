-- Tells whether an entry has a head of ours with nothing in it but when it was queued,
-- and no word of overlap but that it is allowed. Every run that is taken passes here: plain finds cost a
-- tenth of a pattern that has to try each length of an id.
local function plainly(raw)
  if string.sub(raw, 1, 8) ~= '{"run":"' then return false end
  local word = string.find(raw, 'overlap', 9, true)
  if word and (string.sub(raw, word - 1, word + 15) ~= '"overlap":"allow"' or string.find(raw, 'overlap', word + 7, true)) then return false end
  local _, _, close = string.find(raw, '#%x+()","seq":%d+,"queued":[%d.]+,"', 10)
  if not close then
    _, _, close = string.find(raw, '@%-?%d+%.%d+()","queued":[%d.]+,"', 10)
  end
  if not close or string.find(raw, '"', 9, true) ~= close then return false end
  local escape = string.find(raw, '\\', 9, true)
  return not escape or escape > close and not string.find(raw, '\\u', escape, true)
end
