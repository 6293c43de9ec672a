-- JPUSH: queues one-off runs of one runner type.
-- KEYS: prefix op queue bell [runners]
-- ARGV: op now (run metadata)... | op now TYPE#X* alike rest...
-- Returns: the number of runs queued
-- Errors: INVALID, WRONGTYPE, STALE
-- `queue` is the list of the priority or selector that is meant. The caller mints the ids, TYPE#X, ordered by time. `metadata` is the text of a
-- JSON object, `{"id":...,"runner":...,"payload":...}`; its first brace may be left out, which spares a copy.
-- Many runs go faster with the one id TYPE#X* and `alike`, what all their metadata begin with, without the first brace. Then follow at most 4096
-- `rest`, one a run: what is behind `alike`, at least the last brace, at most 64 MiB with all that is alike. X has nineteen hex digits, and
-- for the star the run gets its place, from 0 on, in three.
-- The type is registered when that key is named.
-- @include keys
-- @include clock
-- @include guard
-- @include again
-- @include remember
-- @include sequence
-- @include paired
-- @include numbered
-- @include tally
-- @include kindof
-- @include enlist
-- @include crowded
local k, own, common = keys()
local queue, bell, runners = KEYS[common + 2], KEYS[common + 3], KEYS[common + 4]
local op, now = ARGV[1], clock(ARGV[2] or 'absent')
local stem = string.match(ARGV[3] or '', '^([^%c"\\]+#%x+)%*$')
if not bell or not now or #ARGV < (stem and 5 or 4) or not stem and #ARGV % 2 ~= 0 or string.find(op, '%s') then
  return redis.error_reply('INVALID op (without blanks), now and pairs of run and metadata, or TYPE#X*, alike and rests, are needed')
end
if stem and (#ARGV > 4100 or #ARGV[4] * (#ARGV - 4) > 67108864) then
  return redis.error_reply('INVALID more than 4096 runs at once, or 64 MiB of them')
end
local wrong = guard(own, 'string', queue, 'list', bell, 'list', runners or queue, runners and 'hash' or 'list', k.seq, 'string', k.stats, 'hash')
if wrong then return wrong end
local runner, on = kindof(k, queue)
if crowded(k, runner, on) then return redis.error_reply('INVALID the board has 1,000 selectors already') end
local before = again(own, op)
if before then return before[1] end
local nth = (tonumber(redis.call('GET', k.seq) or '') or 0) + 1
local tail = string.format('","seq":%.0f,"queued":%.3f,', nth, now)
local entries, bad
if stem then entries, bad = numbered(stem, ARGV[4], ARGV, 5, tail) else entries, bad = paired(ARGV, 3, tail) end
if bad then return redis.error_reply(bad) end
sequence(k, 1)
for i = 1, #entries, 1000 do redis.call('LPUSH', queue, unpack(entries, i, math.min(i + 999, #entries))) end
if redis.call('EXISTS', bell) == 0 then redis.call('LPUSH', bell, 1) end
if on then enlist(k, runner, on) end
if runners then redis.call('HSETNX', runners, runner, 'jobs-' .. runner .. '-runner') end
tally(k, {queued = #entries})
return remember(own, op, {#entries})[1]
