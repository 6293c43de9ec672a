-- Forgets what was kept of the output of runs of one job; returns the bytes that
-- were freed. A key that somebody else has overwritten stops nothing.
local function forget(k, job, runs)
  if #runs == 0 or redis.call('ZREM', k.outputs, unpack(runs)) == 0 then return 0 end
  local texts, freed = k.board .. ':output:' .. job, 0
  for _, run in ipairs(runs) do
    local size = redis.pcall('HSTRLEN', texts, run)
    if type(size) == 'number' then freed = freed + size end
  end
  redis.pcall('HDEL', texts, unpack(runs))
  if freed > 0 then redis.call('HINCRBY', k.stats, 'output_bytes', -freed) end
  return freed
end
