-- Keeps the number of the board's counter at which a job last left the board: of a run with
-- a higher number the job is there, see release. To be called behind the first write.
local function leave(k)
  local seq = redis.pcall('GET', k.seq)
  redis.call('SET', k.board .. ':left', type(seq) == 'string' and seq or '0')
end
