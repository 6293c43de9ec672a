-- The list in which runs of a runner type wait. Each priority has its own, and the
-- normal one is the queue of 2014. Runs for some hosts only wait in the list of their
-- selector, see hosts, whatever their priority.
local function listof(k, runner, priority, on)
  if on and on ~= 'all' then return k.board .. ':sel:' .. runner .. ':' .. on end
  if priority == 'high' or priority == 'low' then return k.board .. ':' .. priority .. ':' .. runner end
  return k.board .. ':queue:' .. runner
end
