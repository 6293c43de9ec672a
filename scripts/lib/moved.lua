-- @include twice
-- Keeps, and returns, at which number of the board's counter jobs were changed, given an earlier time or taken off the board last: what was queued before may
-- be in any list and for any time. To be called behind the first write.
local function moved(k)
  local seq = redis.pcall('GET', k.seq)
  if type(seq) ~= 'string' then return '0' end
  twice(k, seq, 'moved', seq)
  return seq
end
