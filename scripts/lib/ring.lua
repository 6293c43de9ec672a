-- @include enlist
-- Rings the doorbell of a runner type, or of the list of a selector, which wakes one agent.
local function ring(k, runner, on)
  local bell = k.board .. ':bell:' .. runner
  if on and on ~= 'all' then
    bell = bell .. ':' .. on
    enlist(k, runner, on)
  end
  if redis.call('EXISTS', bell) == 0 then redis.call('LPUSH', bell, 1) end
end
