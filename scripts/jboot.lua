-- JBOOT: queues the jobs that run at the start of a host, once a boot of it.
-- Every agent calls it when it starts, with what names the boot of its host.
-- KEYS: prefix op boots
-- ARGV: op now boot
-- Returns: the number of runs queued
-- Errors: INVALID, WRONGTYPE, STALE
-- The nominal time is that of the call. Paused jobs, and all while the board is
-- paused, are passed over, with a line in the ledger.
-- @include keys
-- @include clock
-- @include guard
-- @include again
-- @include remember
-- @include sequence
-- @include meaning
-- @include pause
-- @include entry
-- @include missed
-- @include blame
-- @include note
-- @include tally
-- @include listof
-- @include ring
-- @include byhand
local k, own, common = keys()
local boots = KEYS[common + 2]
local op, now, boot = ARGV[1], clock(ARGV[2] or 'absent'), ARGV[3]
if not boots or not now or not boot or boot == '' or string.find(op, '%s') then
  return redis.error_reply('INVALID op (without blanks), now and what names the boot are needed')
end
local wrong = guard(own, 'string', boots, 'zset', k.board, 'hash', k.seq, 'string', k.stats, 'hash', k.paused, 'hash', k.reboot, 'hash', k.ledger, 'stream')
if wrong then return wrong end
local before = again(own, op)
if before then return before[1] end
if redis.call('ZSCORE', boots, boot) then return remember(own, op, {0})[1] end

local lists, n, lines = {}, 0, {}
for _, id in ipairs(redis.call('HKEYS', k.reboot)) do
  local text = redis.call('HGET', k.board, id)
  local m = text and meaning(text)
  if not m or not m.reboot then
    redis.call('HDEL', k.reboot, id)
  elseif not m.stop or m.stop > now then
    local p = pause(k, 'job:' .. id) or pause(k, 'board')
    local queue = listof(k, m.runner, m.priority, m.hosts)
    wrong = guard(queue, 'list', k.board .. ':bell:' .. m.runner, 'list')
    if p and not (p.ends and p.ends <= now) then
      missed(lines, now, id, now, 1, blame(p), nil, p.who)
    elseif wrong then
      missed(lines, now, id, now, 1, 'its queue is no list')
    else
      local run = string.format('%s@%.0f.%.0f', id, math.floor(now * 1000 + 0.5), sequence(k, 1))
      lists[queue] = lists[queue] or {runner = m.runner, on = m.hosts}
      lists[queue].forbid = lists[queue].forbid or m.overlap == 'forbid'
      table.insert(lists[queue], entry(run, {}, string.format('%.3f', now), string.match(text, '^%s*{%s*(.*)$')))
      n = n + 1
    end
  end
end
for queue, list in pairs(lists) do
  for i = 1, #list, 1000 do redis.call('LPUSH', queue, unpack(list, i, math.min(i + 999, #list))) end
  if list.forbid then byhand(k, redis.call('GET', k.seq), queue) end
  ring(k, list.runner, list.on)
end
redis.call('ZADD', boots, string.format('%.3f', now), boot)
redis.call('ZREMRANGEBYSCORE', boots, '-inf', string.format('%.3f', now - 34560000))
if #lines > 0 then note(k, lines) end
tally(k, {queued = n})
return remember(own, op, {n})[1]
