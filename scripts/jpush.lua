-- JPUSH: queues one-off runs of one runner type.
-- KEYS: prefix op queue bell [runners]
-- ARGV: op now (run metadata)...
-- Returns: the number of runs queued
-- Errors: INVALID, WRONGTYPE, STALE
-- The caller mints the ids, TYPE#X, ordered by time. `metadata` is the text of a
-- JSON object, `{"id":...,"runner":...,"payload":...}`. The type is registered
-- when that key is named.
-- @include keys
-- @include clock
-- @include guard
-- @include again
-- @include remember
-- @include sequence
-- @include quote
-- @include tally
local k, own, common = keys()
local queue, bell, runners = KEYS[common + 2], KEYS[common + 3], KEYS[common + 4]
local op, now = ARGV[1], clock(ARGV[2] or 'absent')
if not bell or not now or #ARGV < 4 or #ARGV % 2 ~= 0 or string.find(op, '%s') then
  return redis.error_reply('INVALID op (without blanks), now and pairs of run and metadata are needed')
end
local wrong = guard(own, 'string', queue, 'list', bell, 'list', runners or queue, runners and 'hash' or 'list', k.seq, 'string', k.stats, 'hash')
if wrong then return wrong end
local before = again(own, op)
if before then return before[1] end
for i = 3, #ARGV, 2 do
  if not string.find(ARGV[i], '.#%x+$') then return redis.error_reply('INVALID run id ' .. ARGV[i]) end
  if not string.find(ARGV[i + 1], '^{"') or string.sub(ARGV[i + 1], -1) ~= '}' then
    return redis.error_reply('INVALID metadata of ' .. ARGV[i] .. ' is not a JSON object')
  end
end
local n = #ARGV / 2 - 1
local tail, entries = string.format(',"seq":%.0f,"queued":%.3f,', sequence(k, 1), now), {}
for i = 3, #ARGV, 2 do entries[#entries + 1] = '{"run":' .. quote(ARGV[i]) .. tail .. string.sub(ARGV[i + 1], 2) end
for i = 1, #entries, 1000 do redis.call('LPUSH', queue, unpack(entries, i, math.min(i + 999, #entries))) end
if redis.call('EXISTS', bell) == 0 then redis.call('LPUSH', bell, 1) end
local runner = string.sub(queue, #k.board + 8)
if runners then redis.call('HSETNX', runners, runner, 'jobs-' .. runner .. '-runner') end
tally(k, {queued = n})
return remember(own, op, {n})[1]
