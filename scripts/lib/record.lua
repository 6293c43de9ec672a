-- @include quote
-- @include numeral
-- A history record for a run that Redis itself ends or that a client ends with
-- JACK; the workers' own are written in Go, with the same fields.
local function record(fields)
  local text = '{"state":' .. quote(fields.state)
  for _, name in ipairs({'run', 'runner', 'due', 'queued', 'started', 'finished', 'attempt', 'lost', 'missed', 'agent', 'reason', 'result'}) do
    local value = fields[name]
    if type(value) == 'number' then
      text = text .. ',"' .. name .. '":' .. numeral(value)
    elseif value and value ~= '' then
      text = text .. ',"' .. name .. '":' .. quote(value)
    end
  end
  return text .. '}'
end
