-- JBURY: removes dead runs.
-- Their records stay in the history.
-- KEYS: prefix op
-- ARGV: op run...
-- Returns: how many there were
-- Errors: INVALID, WRONGTYPE, STALE
-- @include keys
-- @include guard
-- @include again
-- @include remember
local k, own = keys()
local op = ARGV[1]
if not own or not ARGV[2] or string.find(op, '%s') then return redis.error_reply('INVALID op (without blanks) and runs are needed') end
local wrong = guard(own, 'string', k.dead, 'zset', k.parked, 'hash')
if wrong then return wrong end
local before = again(own, op)
if before then return before[1] end
local buried = 0
for i = 2, #ARGV do
  local run = ARGV[i]
  if redis.call('ZREM', k.dead, run) == 1 then
    redis.call('HDEL', k.parked, run)
    buried = buried + 1
  end
end
return remember(own, op, {buried})[1]
