-- JACKMANY: ends the attempts of one worker lane, many in one call.
-- KEYS: prefix held
-- ARGV: lane op now [known] (token run record rest)...
-- Returns: the refused tokens
-- Errors: INVALID, WRONGTYPE, STALE
-- `record` is the text of a JSON object that begins with `{"state":"...",`: succeeded,
-- failed, timed_out, cancelled, or queued for an attempt given back uncounted. `rest`
-- is "", or the exit code if there was one, a blank and what the attempt printed. `known` is how many attempts the
-- lane holds, these too, a blank, and how many of its takes and acks were answered. A lane that waits for the answer to
-- a take, or does not count, leaves it out.
-- @include keys
-- @include clock
-- @include guard
-- @include rarely
-- @include regardless
-- @include settle
-- @include nth
-- @include outrun
local k, held = keys()
local op, now = ARGV[2], clock(ARGV[3] or 'absent')
local first = #ARGV % 4 == 0 and 5 or 4
local count, done = string.match(first == 5 and ARGV[4] or '0 0', '^(%d+) (%d+)$')
if not held or not now or op == '' or string.find(op, '%s') or #ARGV < 7 or (#ARGV - first) % 4 ~= 3 or not count then
  return redis.error_reply('INVALID lane, op (without blanks), now, known as two numbers, and four arguments an attempt are needed')
end
local wrong = guard(held, 'hash', k.board, 'hash', k.busy, 'hash', k.history, 'stream', k.ledger, 'stream', k.stats, 'hash',
  k.outputs, 'zset') or flows(k)
if wrong then return wrong end
wrong, k.calm = rarely(k.retry, 'zset', k.parked, 'hash', k.dead, 'zset', k.progress, 'hash', k.cancel, 'zset', k.waiting, 'hash')
if wrong then return wrong end
local last, taken = unpack(redis.call('HMGET', held, '.a', '.t'))
if last and string.match(last, '^%S+') == op then
  local tokens = string.match(last, '^%S+ %d+ (.+)$')
  return tokens and cjson.decode(tokens) or {}
end
local stale = outrun(op, last and string.match(last, '^%S+'))
if stale then return stale end
local states = {succeeded = true, failed = true, timed_out = true, cancelled = true, queued = true}
local find, byte, list, plain = string.find, string.byte, ARGV, true -- plain: all succeeded, without output
for i = first, #list, 4 do
  local record, rest = list[i + 2], list[i + 3]
  local won = find(record, '{"state":"succeeded",', 1, true) == 1
  if byte(record, -1) ~= 125 or not won and not states[string.match(record, '^{"state":"([%l_]+)",') or ''] then
    return redis.error_reply('INVALID record of ' .. list[i + 1])
  end
  if rest ~= '' and not find(rest, '^%-?%d* ') then return redis.error_reply('INVALID exit code of ' .. list[i + 1]) end
  plain = plain and won and rest == ''
end
regardless('HDEL', held)
local acks = nth(last, 2)
local known = first == 5 and acks + nth(taken, 3) == tonumber(done)
local refused = settle(k, held, now, list, first, known and plain and tonumber(count))
redis.call('HSET', held, '.a', string.format('%s %.0f', op, acks + 1) .. (#refused > 0 and ' ' .. cjson.encode(refused) or ''))
if not last then redis.call('EXPIRE', held, 3600) end
return refused
