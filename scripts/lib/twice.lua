-- Keeps up to which number of the board's counter a job may have two runs queued of which one is not to start, and fields
-- beside it. To be called behind the first write.
local function twice(k, seq, ...) redis.pcall('HSET', k.board .. ':backlog', 'twice', seq, ...) end
