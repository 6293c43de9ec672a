-- JPOP: takes the oldest entry of a queue, as RPOP does.
-- Nobody knows afterwards that it was taken, and a lost reply loses it: workers
-- use JTAKE.
-- KEYS: queue
-- ARGV:
-- Returns: the entry, or nil
-- Errors: INVALID, WRONGTYPE
-- Since: 2014
-- @include guard
if not KEYS[1] then return redis.error_reply('INVALID a queue key is needed') end
return guard(KEYS[1], 'list') or redis.call('RPOP', KEYS[1])
