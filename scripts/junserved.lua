-- JUNSERVED: notes in the ledger that runs wait for an agent that serves their type or matches their selector.
-- The leader calls it with the registered types that no live agent serves, and the lists of selectors, TYPE:SELECTOR,
-- that none matches, also when there are none any more; each is noted once, until somebody serves it or nothing waits.
-- KEYS: prefix unserved
-- ARGV: now count type... list...
-- Returns: the number of types and lists named of which runs wait
-- `count` is that of the types.
-- Errors: INVALID, WRONGTYPE
-- @include keys
-- @include clock
-- @include finite
-- @include guard
-- @include quote
-- @include note
local k, own = keys()
local now, count = clock(ARGV[1] or 'absent'), finite(ARGV[2])
if not own or not now or not count or count < 0 or count % 1 ~= 0 or count > #ARGV - 2 then
  return redis.error_reply('INVALID now and the number of types are needed, the types, and the lists of selectors')
end
local wrong = guard(own, 'hash', k.ledger, 'stream')
if wrong then return wrong end
local waiting, named, lines = 0, {}, {}
for i = 3, #ARGV do
  local lists, n, why = {':high:', ':queue:', ':low:'}, 0, 'no live agent serves ' .. ARGV[i]
  if i > count + 2 then lists, why = {':sel:'}, 'no live agent matches ' .. (string.match(ARGV[i], ':([^:]*)$') or '') end
  for _, list in ipairs(lists) do
    wrong = guard(k.board .. list .. ARGV[i], 'list')
    if wrong then return wrong end
    n = n + redis.call('LLEN', k.board .. list .. ARGV[i])
  end
  if n > 0 then
    waiting, named[ARGV[i]] = waiting + 1, true
    if redis.call('HEXISTS', own, ARGV[i]) == 0 then
      lines[#lines + 1] = ARGV[i]
      lines[#lines + 1] = string.format('{"outcome":"unserved","at":%.3f,"count":%.0f,"reason":%s}', now, n, quote(why))
    end
  end
end
for _, kind in ipairs(redis.call('HKEYS', own)) do
  if not named[kind] then redis.call('HDEL', own, kind) end
end
for i = 1, #lines, 2 do redis.call('HSET', own, lines[i], string.format('%.3f', now)) end
if #lines > 0 then note(k, lines) end
return waiting
