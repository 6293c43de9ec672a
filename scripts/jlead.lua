-- JLEAD: raises the term after an election.
-- KEYS: prefix lock
-- ARGV: now value name
-- Returns: the new term
-- Errors: INVALID, WRONGTYPE, STALE
-- The term is max(stored + 1, now in ms), so that it rises also when Redis has lost
-- data. STALE when the lock no longer holds `value`. The same value again answers
-- the same term.
-- @include keys
-- @include clock
-- @include finite
-- @include guard
local k, own = keys()
local now, value, name = clock(ARGV[1] or 'absent'), ARGV[2], ARGV[3]
if not own or not now or not name or name == '' then return redis.error_reply('INVALID now, value and name are needed') end
local wrong = guard(k.tick, 'hash', own, 'string')
if wrong then return wrong end
if redis.call('GET', own) ~= value then
  return redis.error_reply('STALE the lock is not held by ' .. name)
end
local term = finite(redis.call('HGET', k.tick, 'term')) or 0
if redis.call('HGET', k.tick, 'value') ~= value then
  term = math.max(term + 1, math.floor(now * 1000))
  redis.call('HSET', k.tick, 'term', string.format('%.0f', term), 'value', value, 'holder', name, 'since', string.format('%.3f', now))
end
return term
