-- The next n numbers of the board's one counter; returns the first. It orders
-- queueing and starting, and makes run ids and tokens unique.
local function sequence(k, n)
  return redis.call('INCRBY', k.seq, n) - n + 1
end
