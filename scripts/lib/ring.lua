-- Rings the doorbell of a runner type, which wakes one agent.
local function ring(k, runner)
  local bell = k.board .. ':bell:' .. runner
  if redis.call('EXISTS', bell) == 0 then redis.call('LPUSH', bell, 1) end
end
