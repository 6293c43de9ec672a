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
-- @include meaning
-- @include reader
-- @include numeral
-- @include following
-- @include place
-- @include ahead
-- @include rewrite
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
local read, n, meanings, begins, ids, texts = reader(), 0, {}, {}, {}, {}
for i = 4, #ARGV, 2 do
  local id, text = ARGV[i], ARGV[i + 1]
  local m, why, from = read(text)
  if not m or id == '' then return redis.error_reply('INVALID job "' .. id .. '": ' .. (why or 'id is empty')) end
  n = n + 1
  meanings[n], begins[n], ids[n], texts[n] = m, from or false, id, text
end
local old = rewrite(k, now, ids, texts)
local fresh, last, gone, plain, registered, plans = {}, 0, {}, {}, {}, {}
local function schedule(i, id, m, start)
  if not late and m.interval and start <= now and not (old[i] and redis.call('ZSCORE', k.schedule, id)) then
    start = following(m, start, now)
  end
  if m.spec then start = math.max(start, now) end
  if old[i] or m.timeless or m.reboot or m.after then
    place(k, id, now, m, old[i] and read(old[i]) or nil, start, plans)
  elseif not late and m.stop and (m.stop <= now or start > m.stop) then
    gone[#gone + 1] = id
  else
    return numeral(m.spec and (ahead(k, plans, m.spec, start) or now) or start)
  end
end
for i = 1, n do
  local m, from = meanings[i], begins[i]
  if plain[m] == nil then
    if not registered[m.runner] then
      redis.call('HSETNX', runners, m.runner, 'jobs-' .. m.runner .. '-runner')
      registered[m.runner] = true
    end
    plain[m] = late and not (m.spec or m.timeless or m.reboot or m.after)
  end
  local score = from and string.match(texts[i], '^(%d+),', from) -- the start as it stands: of most jobs it is the score
  if not score or #score > 15 or old[i] or not plain[m] then
    score = schedule(i, ids[i], m, score and finite(score) or (from and meaning(texts[i]) or m).start or now)
  end
  if score then
    fresh[last + 1], fresh[last + 2] = score, ids[i]
    last = last + 2
  end
end
for i = 1, last, 1000 do redis.call('ZADD', k.schedule, 'NX', unpack(fresh, i, math.min(i + 999, last))) end
if #gone > 0 then redis.call('HDEL', k.board, unpack(gone)) end
return remember(own, op, {n - #gone})[1]
