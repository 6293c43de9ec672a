-- @include quote
-- @include numeral
-- Keeps a pause, as lib/pause.lua reads it.
local function halt(k, what, p)
  local text = '{"since":' .. numeral(p.since)
  if p.ends then text = text .. ',"until":' .. numeral(p.ends) end
  if p.next then text = text .. ',"next":' .. numeral(p.next) end
  for _, name in ipairs({'who', 'why'}) do
    if type(p[name]) == 'string' and p[name] ~= '' then text = text .. ',"' .. name .. '":' .. quote(p[name]) end
  end
  redis.call('HSET', k.paused, what, text .. '}')
end
