-- @include moved
-- Keeps at which number of the board's counter a job last left the board, for leftat. To be called behind the first write.
local function leave(k) redis.call('SET', k.board .. ':left', moved(k)) end
