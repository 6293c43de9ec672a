-- @include quote
-- Puts a head in front of metadata whose opening brace is cut off. unique is the first
-- behind the run, where settle looks.
local function entry(run, counts, queued, rest)
  local text = '{"run":' .. quote(run)
  for _, name in ipairs({'unique', 'seq', 'try', 'lost', 'missed', 'force', 'catchup', 'expires', 'due'}) do
    if counts[name] then text = text .. ',"' .. name .. '":' .. string.format('%.0f', counts[name]) end
  end
  return text .. ',"queued":' .. queued .. ',' .. rest
end
