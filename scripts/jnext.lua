-- JNEXT: moves the schedule of one job on.
-- A due nominal time is passed over without a run; a job that is not due keeps
-- its time. A job that runs once or is paused, or whose fields 2014 did not know,
-- is left alone.
-- KEYS: board schedule
-- ARGV: now id
-- Returns: the next nominal time in whole seconds, -1 when the job has ended, nil for an unknown id
-- Errors: INVALID, WRONGTYPE
-- Since: 2014
-- @include clock
-- @include number
-- @include numeral
-- @include guard
-- @include derived
-- @include meaning
-- @include following
-- @include drop
-- @include stamp
-- @include missed
-- @include note
-- @include moved
if not KEYS[2] then return redis.error_reply('INVALID keys board and schedule are needed') end
if not ARGV[2] then return redis.error_reply('INVALID now and id are needed') end
local now, id = clock(ARGV[1]), ARGV[2]
if not now then return redis.error_reply('INVALID now is not a time in seconds: ' .. ARGV[1]) end
local k = derived(KEYS[1], KEYS[2])
local wrong = guard(k.board, 'hash', k.schedule, 'zset', k.busy, 'hash', k.paused, 'hash', k.ledger, 'stream')
if wrong then return wrong end

local text = redis.call('HGET', k.board, id)
if not text then return nil end
local score = number(redis.call('ZSCORE', k.schedule, id))
local most = 9007199254740992 -- an integer reply holds no more for certain
if score and score > now and score < math.huge then return math.min(score, most) end
local m = meaning(text)
if not m or m.beyond or redis.call('HEXISTS', k.paused, 'job:' .. id) == 1 then return score and math.min(score, most) end
if m.stop and m.stop <= now then
  drop(k, {id}, {text}, stamp(k, now), 4096)
  return -1
end
local lost = not score or score == math.huge
if lost then
  score = m.start or now
elseif m.interval then
  if score == -math.huge then score = now end
  local lines, at, n = {}, following(m, score, now)
  missed(lines, now, id, score, n, 'passed over by JNEXT', at)
  note(k, lines)
  score = at
else
  return score
end
redis.call('ZADD', k.schedule, numeral(score), id)
if lost then moved(k) end
return math.min(score, most)
