-- JPUSH: queues one-off runs of one runner type.
-- KEYS: prefix op queue bell [runners]
-- ARGV: op now (run metadata)...
-- Returns: the number of runs queued
-- Errors: INVALID, WRONGTYPE, STALE
-- `queue` is the list of the priority or selector that is meant. The caller mints the ids, TYPE#X, ordered by time. `metadata` is the text of a
-- JSON object, `{"id":...,"runner":...,"payload":...}`; its first brace may be left out, which spares a copy.
-- The type is registered when that key is named.
-- @include keys
-- @include clock
-- @include guard
-- @include again
-- @include remember
-- @include sequence
-- @include quote
-- @include tally
-- @include kindof
-- @include enlist
-- @include crowded
local k, own, common = keys()
local queue, bell, runners = KEYS[common + 2], KEYS[common + 3], KEYS[common + 4]
local ARGV = ARGV
local op, now = ARGV[1], clock(ARGV[2] or 'absent')
if not bell or not now or #ARGV < 4 or #ARGV % 2 ~= 0 or string.find(op, '%s') then
  return redis.error_reply('INVALID op (without blanks), now and pairs of run and metadata are needed')
end
local wrong = guard(own, 'string', queue, 'list', bell, 'list', runners or queue, runners and 'hash' or 'list', k.seq, 'string', k.stats, 'hash')
if wrong then return wrong end
local runner, on = kindof(k, queue)
if crowded(k, runner, on) then return redis.error_reply('INVALID the board has 1,000 selectors already') end
local before = again(own, op)
if before then return before[1] end
local find, byte, sub = string.find, string.byte, string.sub
local entries, n, escaped = {}, #ARGV / 2 - 1, {}
local alike -- how the ids of one type and time begin
for i = 3, #ARGV, 2 do
  local run, text = ARGV[i], ARGV[i + 1]
  local opening, following = byte(text, 1, 2)
  if opening ~= 123 then following = opening end -- {
  if not alike or find(run, alike, 1, true) ~= 1 or not find(run, '^%x+$', #alike + 1) then
    alike = string.match(run, '^([^%c"\\#]+#%x*)%x%x%x%x%x%x%x%x%x%x$')
    if not alike and not find(run, '.#%x+$') then return redis.error_reply('INVALID run id ' .. run) end
    escaped[i] = not alike and sub(quote(run), 2, -2) or nil
  end
  if following ~= 34 or byte(text, -1) ~= 125 then -- " and }
    return redis.error_reply('INVALID metadata of ' .. run .. ' is not a JSON object')
  end
end
local tail = string.format('","seq":%.0f,"queued":%.3f,', sequence(k, 1), now)
for i = 1, n do
  local text = ARGV[2 * i + 2]
  if byte(text, 1) == 123 then text = sub(text, 2) end
  entries[i] = '{"run":"' .. (escaped[2 * i + 1] or ARGV[2 * i + 1]) .. tail .. text
end
for i = 1, #entries, 1000 do redis.call('LPUSH', queue, unpack(entries, i, math.min(i + 999, #entries))) end
if redis.call('EXISTS', bell) == 0 then redis.call('LPUSH', bell, 1) end
if on then enlist(k, runner, on) end
if runners then redis.call('HSETNX', runners, runner, 'jobs-' .. runner .. '-runner') end
tally(k, {queued = n})
return remember(own, op, {n})[1]
