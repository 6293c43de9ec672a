-- The list in which runs of a runner type wait. Each priority has its own, and the
-- normal one is the queue of 2014.
local function listof(k, runner, priority)
  if priority == 'high' or priority == 'low' then return k.board .. ':' .. priority .. ':' .. runner end
  return k.board .. ':queue:' .. runner
end
