-- JDEL: takes a job off the board.
-- Its queued and running runs go on; cancel stops them.
-- KEYS: board [schedule [op]]
-- ARGV: id [op]
-- Returns: 1 if the job was on the board, else 0
-- Errors: INVALID, WRONGTYPE, STALE
-- Since: 2014
-- Without the schedule key the schedule entry stays; the next tick removes it.
-- With a third key and `op` a call that is sent again, or comes late, takes no job off
-- that was put meanwhile.
-- @include again
-- @include remember
-- @include guard
-- @include derived
-- @include clock
-- @include was
-- @include leave
-- @include stamp
if not KEYS[1] or not ARGV[1] then return redis.error_reply('INVALID key board and an id are needed') end
local k, id = derived(KEYS[1], KEYS[2]), ARGV[1]
local wrong = guard(k.board, 'hash', k.schedule, 'zset', k.quarantine, 'hash', k.paused, 'hash')
if wrong then return wrong end
wrong = KEYS[3] and guard(KEYS[3], 'string')
if wrong then return wrong end
local op = KEYS[3] and ARGV[2] or ''
local before = again(KEYS[3], op)
if before then return before[1] end
local text = redis.call('HGET', k.board, id)
if KEYS[2] then redis.call('ZREM', k.schedule, id) end
redis.call('HDEL', k.quarantine, id)
redis.call('HDEL', k.paused, 'job:' .. id)
local known = redis.pcall('HDEL', k.board .. ':latest', id)
local gone = redis.call('HDEL', k.board, id)
if gone == 1 or known == 1 then leave(k) end
if text then was(k, id, stamp(k, clock('')), text, true) end
return remember(KEYS[3], op, {gone})[1]
