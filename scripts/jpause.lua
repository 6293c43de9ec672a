-- JPAUSE: pauses a job, a queue, the board or an agent, and keeps who, why and
-- until when.
-- `what` is job:ID, queue:TYPE, board or agent:NAME. A paused job is off the
-- schedule, a paused board fires nothing, from a paused queue nothing is taken, a
-- paused agent takes nothing. What is queued or running goes on.
-- KEYS: prefix op
-- ARGV: op now what who why until
-- Returns: 1, or 0 when it was paused already and only who, why and until changed
-- Errors: INVALID, WRONGTYPE, NOJOB, STALE
-- `until` is a time in seconds, or "" for until it is resumed.
-- @include keys
-- @include clock
-- @include finite
-- @include number
-- @include numeral
-- @include guard
-- @include again
-- @include remember
-- @include pause
-- @include halt
local k, own = keys()
local op, now, what, who, why, ends = ARGV[1], clock(ARGV[2] or 'absent'), ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if not own or not now or not ends or ends ~= '' and not finite(ends) or string.find(op, '%s')
  or what ~= 'board' and not string.find(what, '^job:.') and not string.find(what, '^queue:.') and not string.find(what, '^agent:.') then
  return redis.error_reply('INVALID op (without blanks), now, what, who, why and until (a time, or empty) are needed')
end
if ends ~= '' and finite(ends) <= now then return redis.error_reply('INVALID until is not after now: ' .. ends) end
local wrong = guard(own, 'string', k.paused, 'hash', k.board, 'hash', k.schedule, 'zset')
if wrong then return wrong end
local before = again(own, op)
if before then return before[1] end
local id = string.match(what, '^job:(.*)$')
if id and redis.call('HEXISTS', k.board, id) == 0 then return remember(own, op, redis.error_reply('NOJOB no such job')) end
local old = pause(k, what)
local p = {since = old and old.since or now, ends = finite(ends), who = who, why = why, next = old and old.next}
if id then
  if not old then p.next = finite(number(redis.call('ZSCORE', k.schedule, id))) end
  if p.ends then -- the tick that finds it due resumes it
    redis.call('ZADD', k.schedule, numeral(p.ends), id)
  else
    redis.call('ZREM', k.schedule, id)
  end
end
halt(k, what, p)
return remember(own, op, {old and 0 or 1})[1]
