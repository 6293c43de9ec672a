-- @include head
-- @include entry
-- @include quote
-- The entry of a run as that of another run, which is for one agent alone.
local function share(text, run, agent)
  local _, queued, rest, counts = head(text)
  return entry(run, counts, queued, '"for_agent":' .. quote(agent) .. ',' .. rest)
end
