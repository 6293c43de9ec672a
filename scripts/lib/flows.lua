-- @include guard
-- Looks whether any job follows another, before the first write: then the end of a
-- run writes more keys. Returns nil, or the error of a key of a wrong type.
local function flows(k)
  if redis.call('EXISTS', k.after) == 0 then return nil end
  k.flows = true
  return guard(k.after, 'hash', k.seq, 'string', k.paused, 'hash', k.ledger, 'stream', k.board, 'hash', k.retry, 'zset', k.parked, 'hash')
end
