-- @include quote
-- Puts a head in front of metadata whose opening brace is cut off.
local function entry(run, counts, queued, rest)
  local text = '{"run":' .. quote(run)
  for _, name in ipairs({'seq', 'try', 'lost', 'missed', 'force', 'catchup'}) do
    if counts[name] then text = text .. ',"' .. name .. '":' .. string.format('%.0f', counts[name]) end
  end
  return text .. ',"queued":' .. queued .. ',' .. rest
end
