-- JAPPLY: carries out a part of what JCOMMIT has decided.
-- Any agent may, so that an apply that was decided is finished whoever dies.
-- KEYS: prefix op stage stages runners
-- ARGV: op now id limit
-- Returns: how many changes were carried out, and how many are left of this stage
-- Errors: INVALID, WRONGTYPE, STALE
-- `id` is that of the stage, which must be the first of the stages: of any other
-- nothing is carried out. At most `limit` changes and about a megabyte are. Each job
-- is put as JSET puts it, or removed as JDEL does if it is the board file's still.
-- @include keys
-- @include clock
-- @include finite
-- @include guard
-- @include again
-- @include remember
-- @include enact
local k, own, common = keys()
local stage, stages, runners = KEYS[common + 2], KEYS[common + 3], KEYS[common + 4]
local op, now, id, limit = ARGV[1], clock(ARGV[2] or 'absent'), ARGV[3], finite(ARGV[4] or 'absent')
if not runners or not now or id == '' or not limit or limit < 1 or limit ~= math.floor(limit) or string.find(op, '%s') then
  return redis.error_reply('INVALID op (without blanks), now, id and a limit above 0 are needed')
end
local wrong = guard(own, 'string', stage, 'hash', stages, 'list', runners, 'hash', k.board, 'hash', k.schedule, 'zset', k.busy, 'hash',
  k.quarantine, 'hash', k.paused, 'hash', k.plan, 'hash', k.reboot, 'hash', k.after, 'hash')
if wrong then return wrong end
local before = again(own, op)
if before then return before end
if redis.call('LINDEX', stages, 0) ~= id then return remember(own, op, {0, 0}) end
local state = redis.call('HMGET', stage, 'at', 'count', 'file')
local at, count = tonumber(state[1] or ''), tonumber(state[2] or '')
if not at or not count or not state[3] then at, count = 0, 0 end -- somebody has deleted it
local to, bytes, changes, names = math.min(at + limit, count), 0, {}, {}
while at < to and bytes < 1048576 do
  local ask = {}
  for n = at + 1, math.min(at + 50, to) do ask[#ask + 1] = string.format('%.0f', n) end
  for i, text in ipairs(redis.call('HMGET', stage, unpack(ask))) do
    names[#names + 1] = ask[i]
    if text then changes[#changes + 1] = text end
    bytes = bytes + (text and #text or 0)
  end
  at = at + #ask
end
for i = 1, #names, 1000 do redis.call('HDEL', stage, unpack(names, i, math.min(i + 999, #names))) end
if at >= count then
  redis.call('DEL', stage)
  redis.call('LPOP', stages)
else
  redis.call('HSET', stage, 'at', string.format('%.0f', at))
end
enact(k, runners, now, state[3], changes)
return remember(own, op, {#names, count - at})
