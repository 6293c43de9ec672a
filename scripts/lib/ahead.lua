-- @include plan
-- The first nominal time of a schedule at or behind a time, as far as it is planned;
-- else the time itself, from which the tick that finds it due moves the job to the
-- first one. Answers nil when the schedule has ended by then.
local function ahead(k, plans, spec, from)
  local line = plan(k, plans, spec)
  local behind = tonumber(string.match(line, '^%S+ (%S+) ') or '')
  if not behind or behind >= from then return from end
  for item in string.gmatch(string.match(line, '^%S+ %S+ (.*)$'), '%S+') do
    if item == '.' then return nil end
    local at = string.byte(item) ~= 43 and tonumber(item)
    if at and at >= from then return at end
  end
  return from
end
