-- JENQUEUE: queues one-off runs of one runner type under conditions.
-- KEYS: prefix op queue bell runners
-- ARGV: op now (run metadata at ttl id unique unique_for)...
-- Returns: {run...}: for each its own, or the run that holds its id or unique key already
-- Errors: INVALID, WRONGTYPE, STALE
-- `queue` is the list of the priority or selector that is meant. Besides what JPUSH takes, each run has five arguments, "" for
-- none. `at`: the time from which on it may be taken. `ttl`: so many seconds later it is dropped unless it was taken. `id`: the
-- caller's own; who enqueues it again, until a day after the run has ended, gets that run. `unique`: a key that one run of the
-- type can hold, from now until it has ended, at most `unique_for` seconds behind `at` (86400 if that is "").
-- @include keys
-- @include clock
-- @include finite
-- @include guard
-- @include again
-- @include remember
-- @include sequence
-- @include entry
-- @include kindof
-- @include enlist
-- @include crowded
-- @include quote
-- @include conditions
-- @include tally
-- @include park
local k, own, common = keys()
local queue, bell, runners = KEYS[common + 2], KEYS[common + 3], KEYS[common + 4]
local op, now = ARGV[1], clock(ARGV[2] or 'absent')
if not runners or not now or #ARGV < 9 or #ARGV % 7 ~= 2 or string.find(op, '%s') then
  return redis.error_reply('INVALID op (without blanks), now and seven arguments a run are needed')
end
k.delayed = k.board .. ':delayed'
local wrong = guard(own, 'string', queue, 'list', bell, 'list', runners, 'hash', k.seq, 'string', k.stats, 'hash',
  k.delayed, 'zset', k.parked, 'hash', k.alive, 'hash')
if wrong then return wrong end
local runner, on = kindof(k, queue)
if crowded(k, runner, on) then return redis.error_reply('INVALID the board has 1,000 selectors already') end
local before = again(own, op)
if before then return before end

local asked, holders, bad = conditions(k, runner)
if bad then return bad end

local reply, entries, queued, last, today, counts = {}, {}, 0, 0, clock(''), {seq = sequence(k, 1)}
for _, a in ipairs(asked) do
  a.wait = math.max(0, (a.at or now) - now)
  local by = a.known and holders[a.known]
  if not by and a.held then
    by = holders[a.held]
    if by and a.known then
      redis.call('SET', a.known, by, 'EX', 86400)
      holders[a.known] = by
    end
  end
  reply[#reply + 1] = by or a.run
  if not by then
    local rest = string.sub(a.text, 2)
    if a.known then
      holders[a.known] = a.run
      redis.call('SET', a.known, a.run, 'PX', string.format('%.0f', (a.wait + 2592000) * 1000))
      rest, last = '"enqueue_id":' .. quote(a.id) .. ',' .. rest, math.max(last, today + a.wait + 2592000)
    end
    if a.held then
      holders[a.held] = a.run
      redis.call('SET', a.held, a.run, 'PX', string.format('%.0f', math.ceil((a.wait + a.span) * 1000)))
      rest, last = '"unique_key":' .. quote(a.unique) .. ',' .. rest, math.max(last, today + a.wait + a.span)
    end
    counts.unique = (a.known or a.held) and 1 or nil
    counts.expires = a.ttl and (now + a.wait + a.ttl) * 1000
    local text = entry(a.run, counts, string.format('%.3f', now), rest)
    if a.wait > 0 then park(k, 'delayed', a.at, a.run, text) else entries[#entries + 1] = text end
    queued = queued + 1
  end
end
for i = 1, #entries, 1000 do redis.call('LPUSH', queue, unpack(entries, i, math.min(i + 999, #entries))) end
if #entries > 0 and redis.call('EXISTS', bell) == 0 then redis.call('LPUSH', bell, 1) end
if on and #entries > 0 then enlist(k, runner, on) end
redis.call('HSETNX', runners, runner, 'jobs-' .. runner .. '-runner')
if last > (finite(redis.call('HGET', k.alive, 'unique') or '') or 0) then redis.call('HSET', k.alive, 'unique', string.format('%.3f', last)) end
tally(k, {queued = queued})
return remember(own, op, reply)
