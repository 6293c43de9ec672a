-- The job of a run id, which may itself contain both signs: the last counts.
local function jobof(run)
  return string.match(run, '^(.*)[@#]') or run
end
