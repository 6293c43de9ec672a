-- Keeps at which number of the board's counter a job last left the board, for leftat. To be called behind the first write.
local function leave(k)
  local seq = redis.pcall('GET', k.seq)
  redis.call('SET', k.board .. ':left', type(seq) == 'string' and seq or '0')
end
