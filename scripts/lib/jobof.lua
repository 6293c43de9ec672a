-- The job of a run id, which may itself contain both signs: the last counts. Looked for
-- where ids of ours have it, since a pattern tries each place from the end.
local function jobof(run)
  local at = string.byte(run, -23) == 35 and #run - 22 or string.find(run, '@', 1, true)
  if at and not string.find(run, '@', at + 1, true) and not string.find(run, '#', at + 1, true) then return string.sub(run, 1, at - 1) end
  return string.match(run, '^(.*)[@#]') or run
end
