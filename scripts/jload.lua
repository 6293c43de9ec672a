-- JLOAD: puts jobs on the board with their metadata as it is, many in one call.
-- All are checked before the first is written.
-- KEYS: prefix op runners
-- ARGV: op now from_now (id metadata)...
-- Returns: the number of jobs that are on the board now
-- Errors: INVALID, WRONGTYPE, STALE
-- Scheduling is that of JSET. With `from_now` 1 a job that is not scheduled starts
-- at the first time of its grid after now, instead of at its old start.
-- @include keys
-- @include clock
-- @include finite
-- @include guard
-- @include again
-- @include remember
-- @include reader
-- @include numeral
-- @include following
-- @include place
-- @include ahead
local k, own, common = keys()
local runners = KEYS[common + 2]
local op, now, late = ARGV[1], clock(ARGV[2] or 'absent'), ARGV[3] ~= '1'
if not runners or not now or #ARGV < 5 or #ARGV % 2 ~= 1 or string.find(op, '%s') then
  return redis.error_reply('INVALID op (without blanks), now, from_now and pairs of id and metadata are needed')
end
local wrong = guard(own, 'string', k.board, 'hash', k.schedule, 'zset', k.quarantine, 'hash', k.paused, 'hash', runners, 'hash',
  k.plan, 'hash', k.reboot, 'hash', k.after, 'hash')
if wrong then return wrong end
local before = again(own, op)
if before then return before[1] end
local read, meanings, ids, hset = reader(), {}, {}, {}
for i = 4, #ARGV, 2 do
  local m, why = read(ARGV[i + 1])
  if not m or ARGV[i] == '' then return redis.error_reply('INVALID job "' .. ARGV[i] .. '": ' .. (why or 'id is empty')) end
  meanings[#meanings + 1] = m
  ids[#ids + 1] = ARGV[i]
  hset[#hset + 1] = ARGV[i]
  hset[#hset + 1] = ARGV[i + 1]
end
local old = {}
for i = 1, #ids, 1000 do
  for _, text in ipairs(redis.call('HMGET', k.board, unpack(ids, i, math.min(i + 999, #ids)))) do old[#old + 1] = text end
end
for i = 1, #hset, 1000 do redis.call('HSET', k.board, unpack(hset, i, math.min(i + 999, #hset))) end
for i = 1, #ids, 1000 do redis.call('HDEL', k.quarantine, unpack(ids, i, math.min(i + 999, #ids))) end
local fresh, gone, registered, plans = {}, {}, {}, {}
local function schedule(i, id, m, start)
  if start < 0 then start = now end
  if not late and m.interval and start <= now and not (old[i] and redis.call('ZSCORE', k.schedule, id)) then
    start = following(m, start, now)
  end
  if m.spec then start = math.max(start, now) end
  if old[i] or m.timeless or m.reboot or m.after then
    place(k, id, now, m, old[i] and read(old[i]) or nil, start, plans)
  elseif not late and m.stop and (m.stop <= now or start > m.stop) then
    gone[#gone + 1] = id
  else
    if m.spec then start = ahead(k, plans, m.spec, start) or now end
    fresh[#fresh + 1] = numeral(start)
    fresh[#fresh + 1] = id
  end
end
for i, id in ipairs(ids) do
  local m = meanings[i]
  if not registered[m.runner] then
    redis.call('HSETNX', runners, m.runner, 'jobs-' .. m.runner .. '-runner')
    registered[m.runner] = true
  end
  local first = string.match(ARGV[2 * i + 3], '^{"id":"[^"\\]*","start":(%-?[%d.]+)[,}]')
  if first and late and not (old[i] or m.spec or m.timeless or m.reboot or m.after) and #first < 16 and string.find(first, '^%d+$') then
    fresh[#fresh + 1] = first -- of most jobs: the start as it stands is the score
    fresh[#fresh + 1] = id
  else
    schedule(i, id, m, finite(first) or m.start or now)
  end
end
for i = 1, #fresh, 1000 do redis.call('ZADD', k.schedule, 'NX', unpack(fresh, i, math.min(i + 999, #fresh))) end
if #gone > 0 then redis.call('HDEL', k.board, unpack(gone)) end
return remember(own, op, {#ids - #gone})[1]
