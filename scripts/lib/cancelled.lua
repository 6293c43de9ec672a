-- @include jobof
-- Tells whether a run was cancelled, or its job after the run was queued. Ask only
-- when there are cancel marks at all.
local function cancelled(k, run, queued)
  if redis.call('ZSCORE', k.cancel, run) then return true end
  local mark = redis.call('ZSCORE', k.cancel, jobof(run))
  return mark and tonumber(queued) <= tonumber(mark)
end
