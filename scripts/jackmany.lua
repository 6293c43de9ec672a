-- JACKMANY: ends the attempts of one worker lane, many in one call.
-- KEYS: prefix held
-- ARGV: lane op now (token run state code record output)...
-- Returns: the refused tokens
-- Errors: INVALID, WRONGTYPE, STALE
-- `state` is succeeded, failed, timed_out, cancelled, or queued for an attempt
-- given back uncounted. `code` is the exit code or "". `record` is the text of a
-- JSON object behind `{"state":"...",` and ends with its brace.
-- @include keys
-- @include clock
-- @include guard
-- @include regardless
-- @include settle
-- @include outrun
local k, held = keys()
local op, now = ARGV[2], clock(ARGV[3] or 'absent')
if not held or not now or op == '' or string.find(op, '%s') or #ARGV < 9 or #ARGV % 6 ~= 3 then
  return redis.error_reply('INVALID lane, op (without blanks), now and six arguments an attempt are needed')
end
local wrong = guard(held, 'hash', k.board, 'hash', k.active, 'hash', k.retry, 'zset', k.parked, 'hash', k.dead, 'zset',
  k.history, 'stream', k.ledger, 'stream', k.stats, 'hash', k.outputs, 'zset', k.progress, 'hash', k.cancel, 'zset')
if wrong then return wrong end
local last = redis.call('HGET', held, '.a')
if last and string.match(last, '^%S+') == op then
  local tokens = string.match(last, ' (.+)$')
  return tokens and cjson.decode(tokens) or {}
end
local stale = outrun(op, last and string.match(last, '^%S+'))
if stale then return stale end
local known = {succeeded = true, failed = true, timed_out = true, cancelled = true, queued = true}
local items = {}
for i = 4, #ARGV, 6 do
  if not known[ARGV[i + 2]] then return redis.error_reply('INVALID state ' .. ARGV[i + 2]) end
  if string.sub(ARGV[i + 4], -1) ~= '}' then return redis.error_reply('INVALID record of ' .. ARGV[i + 1]) end
  items[#items + 1] = {ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3]), ARGV[i + 4], ARGV[i + 5]}
end
regardless('HDEL', held)
local refused = settle(k, held, now, items)
redis.call('HSET', held, '.a', #refused > 0 and op .. ' ' .. cjson.encode(refused) or op)
if not last then redis.call('EXPIRE', held, 3600) end
return refused
