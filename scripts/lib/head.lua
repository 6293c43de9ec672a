-- Takes a queue entry apart: run, queued time, the text behind the head (to be
-- put behind another head), and the counts {unique, seq, try, lost, missed,
-- force, catchup, expires, due, alone}. Returns nil for an entry without a head of ours. The last field of
-- a head is always "queued", so that no field of the metadata is taken for one.
local function head(entry)
  local close = string.find(entry, '{"run":"', 1, true) == 1 and string.find(entry, '"', 9, true)
  local run, queued, rest
  local alone
  if close then
    queued, rest = string.match(entry, '^","queued":([%d.]+),()', close)
    if not queued then alone, queued, rest = string.match(entry, '^","alone":([01]),"queued":([%d.]+),()', close) end
  end
  if queued then
    run = string.sub(entry, 9, close - 1)
    local at = string.find(run, '@', 1, true)
    if at and string.find(run, '^%-?%d+%.%d+$', at + 1) and not string.find(run, '\\', 1, true) then
      return run, queued, string.sub(entry, rest), {alone = tonumber(alone)}
    end
  end
  run, queued, rest = string.match(entry, '^{"run":"(.-)"queued":([%d.]+),()')
  if not run then return nil end
  local counts = {}
  local cut = string.find(run, '","', 1, true)
  if cut then
    local between = string.sub(run, cut + 2)
    if not string.find(between, '^["%l:,%d]+,$') then return nil end
    for name, n in string.gmatch(between, '"(%l+)":(%d+),') do counts[name] = tonumber(n) end
    run = string.sub(run, 1, cut - 1)
  elseif string.sub(run, -2) == '",' then
    run = string.sub(run, 1, -3)
  else
    return nil
  end
  if string.find(run, '\\', 1, true) then
    local ok, list = pcall(cjson.decode, '["' .. run .. '"]')
    if not ok or type(list) ~= 'table' then return nil end
    run = list[1]
  end
  if not string.find(run, '[@#][%x.-]+$') then return nil end
  return run, queued, string.sub(entry, rest), counts
end
