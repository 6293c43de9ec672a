-- JTRIM: shortens queues to their newest entries.
-- KEYS: [queue...]
-- ARGV: n
-- Returns: the number of entries removed
-- Errors: INVALID, WRONGTYPE
-- Since: 2014
-- 0 empties a queue, a negative n trims nothing. What was removed is counted in
-- the ledger of the board that the queue's name begins with, and lets go of its unique key. The list of
-- each priority and selector is a queue.
-- @include finite
-- @include guard
-- @include note
-- @include tally
-- @include clock
-- @include loosen
local n = finite(ARGV[1])
if not n then return redis.error_reply('INVALID n is not a number: ' .. tostring(ARGV[1])) end
n = math.floor(n)
for i = 1, #KEYS do
  local wrong = guard(KEYS[i], 'list')
  if wrong then return wrong end
end
if n < 0 then return 0 end
local total = 0
for i = 1, #KEYS do
  local removed = math.max(0, redis.call('LLEN', KEYS[i]) - n)
  if removed > 0 then
    local board, runner
    for _, kind in ipairs({'queue', 'high', 'low', 'sel'}) do
      if not board then board, runner = string.match(KEYS[i], '^([^:]*):' .. kind .. ':(.*)$') end
      if board and kind == 'sel' then runner = string.match(runner, '^(.+):[^:]+$') or runner end
    end
    local known = board and not guard(board .. ':ledger', 'stream', board .. ':stats', 'hash', board .. ':alive', 'hash')
    if known then loosen(board, KEYS[i], n) end
    if n == 0 then redis.call('DEL', KEYS[i]) else redis.call('LTRIM', KEYS[i], 0, n - 1) end
    if known then
      note({ledger = board .. ':ledger'}, {runner, string.format('{"outcome":"trimmed","at":%.3f,"count":%.0f}', clock(''), removed)})
      tally({stats = board .. ':stats'}, {trimmed = removed})
    end
    total = total + removed
  end
end
return total
