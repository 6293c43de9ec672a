-- JTAKE: hands runs to a worker lane under a lease.
-- Looks at the queues in the given order, among them the lists of selectors that the agent matches (B:sel:TYPE:SELECTOR);
-- one that is paused counts as empty. Of one type runs of high priority come first, but every tenth is low and another one
-- normal. What was cancelled while it waited, has expired, or `overlap: forbid` does not let go, is recorded instead.
-- KEYS: prefix held (queue bell)...
-- ARGV: lane op n now lease
-- Returns: {token, entry, ...}; an entry is "" when a replay finds it lost meanwhile
-- Errors: INVALID, WRONGTYPE, STALE
-- One lease a lane: every take and renew moves it. The same op again answers the same
-- runs, and moves a lease that was not reaped; a lower one is STALE: it comes late.
-- @include keys
-- @include clock
-- @include finite
-- @include guard
-- @include rarely
-- @include glance
-- @include admit
-- @include reader
-- @include regardless
-- @include sequence
-- @include paused
-- @include nth
-- @include outrun
-- @include retake
-- @include kindof
-- @include ranked
-- @include ranks
-- @include baton
local k, held, common = keys()
local lane, op, n = ARGV[1], ARGV[2], finite(ARGV[3])
local now, lease = clock(ARGV[4] or 'absent'), finite(ARGV[5])
if not now or not lease or lease <= 0 or not n or n < 0 or n > 1000 or n % 1 ~= 0 or op == '' or lane == ''
  or string.find(op .. lane, '%s') or not held or (#KEYS - common) % 2 ~= 1 then
  return redis.error_reply('INVALID lane, op (both without blanks), n (at most 1000), now, lease and pairs of queue and bell are needed')
end
local wrong = guard(k.workers, 'zset', k.seq, 'string', k.busy, 'hash', held, 'hash', k.stats, 'hash', k.ledger, 'stream',
  k.history, 'stream', k.outputs, 'zset')
  or rarely(k.cancel, 'zset', k.retry, 'zset', k.parked, 'hash', k.paused, 'hash', k.waiting, 'hash') or flows(k)
if wrong then return wrong end
local mixed, bad = ranked(k, common + 2)
if bad then return bad end
regardless('HDEL', held)
local last = redis.call('HGET', held, '.t')
if last and string.match(last, '^%S+') == op then
  redis.call('ZADD', k.workers, 'XX', 'GT', string.format('%.3f', now + lease), lane)
  return retake(held, last)
end
local stale = outrun(op, last and string.match(last, '^%S+'))
if stale then return stale end
local suffix = string.format(':%.0f:%s', now * 1000, lane)
local pattern, reply = string.gsub(suffix, '%%', '%%%%'), {}
local t = {seq = 0, room = n, popped = 0, tries = '', reply = reply, read = reader(), glance = glance(), token = '1:%d' .. pattern, plain = '1:0%d' .. pattern, alone = '1:00%d' .. pattern,
  marked = tonumber(redis.call('ZREVRANGE', k.cancel, 0, 0, 'WITHSCORES')[2] or '')}
local first, pauses = nil, redis.call('EXISTS', k.paused) == 1
for i = common + 2, #KEYS, 2 do
  local queue, bell, left = KEYS[i], KEYS[i + 1], 3000
  local kind, on = kindof(k, queue)
  local shut = pauses and paused(k, 'queue:' .. kind, now)
  local rank = mixed and not on and ranks(k, kind)
  if shut then redis.call('DEL', bell) end
  while not shut and t.room > 0 and left > 0 do
    local room, batch = t.room
    if rank then batch = rank.pop(room) else batch = redis.call('RPOP', queue, room) end
    if not batch or #batch == 0 then
      redis.call('DEL', bell)
      break
    end
    if not first then first = sequence(k, n) end
    t.seq = math.max(t.seq, first)
    left = left - #batch
    admit(k, now, kind, batch, t)
    if rank then rank.gave(room - t.room) end
  end
  if not shut and (t.room == 0 or left <= 0) then baton(rank and rank.lists or {queue}, bell) end
end
for i = 1, #reply, 1000 do redis.call('HSET', held, unpack(reply, i, math.min(i + 999, #reply))) end
redis.call('HSET', held, '.t', string.format('%s %s %.0f', op, ARGV[5], nth(last, 3) + 1) .. (#reply > 0 and string.format(' %.0f %d%s%s', first, #reply / 2, suffix, t.tries) or ''))
if not last then redis.call('HSETNX', held, '.a', '') end
if redis.call('ZADD', k.workers, string.format('%.3f', now + lease), lane) == 1 then redis.call('PERSIST', held) end
return reply
