-- @include finite
-- What is kept of the pause of `job:ID`, `queue:TYPE`, `board` or `agent:NAME`, or
-- nil. What somebody else wrote there pauses too, for ever.
local function pause(k, what)
  local text = redis.call('HGET', k.paused, what)
  if not text then return nil end
  local ok, p = pcall(cjson.decode, text)
  if not ok or type(p) ~= 'table' then p = {} end
  return {since = finite(p.since) or 0, ends = finite(p['until']), next = finite(p.next), who = p.who, why = p.why}
end
