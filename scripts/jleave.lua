-- JLEAVE: ends the lease of a lane that holds nothing.
-- KEYS: prefix held
-- ARGV: lane
-- Returns: 1 if the lane is gone, 0 if it still holds runs, which then wait for their lease to end
-- Errors: INVALID, WRONGTYPE
-- For a minute its key remembers the last operations, so that none that comes late
-- is taken for a new one.
-- @include keys
-- @include guard
local k, held = keys()
if not held or not ARGV[1] then return redis.error_reply('INVALID lane is needed') end
local wrong = guard(k.workers, 'zset', held, 'hash')
if wrong then return wrong end
for _, token in ipairs(redis.call('HKEYS', held)) do
  if string.sub(token, 1, 1) ~= '.' then return 0 end
end
redis.call('EXPIRE', held, 60)
redis.call('ZREM', k.workers, ARGV[1])
return 1
