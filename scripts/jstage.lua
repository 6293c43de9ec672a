-- JSTAGE: stages a part of an apply of a board file.
-- Nothing of it is seen before JCOMMIT decides that it shall be.
-- KEYS: prefix op stage
-- ARGV: op now from change...
-- Returns: the number of changes that are staged now
-- Errors: INVALID, WRONGTYPE, STALE
-- The changes are numbered on, the first is number `from`, which begins at 1. A change
-- is `+` or `=`, the id, a line end and the metadata: a put; `=` is one whose start was
-- not asked for, so that it may be due at once. Or it is `-` and an id: a removal.
-- Metadata that cannot be read is found when it is put: the job is in quarantine then.
-- A stage that nothing was added to for an hour is forgotten.
-- @include keys
-- @include clock
-- @include finite
-- @include guard
-- @include again
-- @include remember
local k, own, common = keys()
local stage = KEYS[common + 2]
local op, now, from = ARGV[1], clock(ARGV[2] or 'absent'), finite(ARGV[3] or 'absent')
if not k or not stage or not now or not from or from < 1 or from ~= math.floor(from) or #ARGV < 4 or string.find(op, '%s') then
  return redis.error_reply('INVALID op (without blanks), now, the number of the first change and changes are needed')
end
local wrong = guard(own, 'string', stage, 'hash')
if wrong then return wrong end
local before = again(own, op)
if before then return before[1] end
if redis.call('HEXISTS', stage, 'at') == 1 then return redis.error_reply('STALE this apply is decided already') end
local hset = {}
for i = 4, #ARGV do
  if not string.find(ARGV[i], '^[+=][^\n]+\n{') and not string.find(ARGV[i], '^%-[^\n]') then
    return redis.error_reply('INVALID change ' .. i - 3 .. ' is neither a put nor a removal')
  end
  hset[#hset + 1] = string.format('%.0f', from + i - 4)
  hset[#hset + 1] = ARGV[i]
end
for i = 1, #hset, 1000 do redis.call('HSET', stage, unpack(hset, i, math.min(i + 999, #hset))) end
redis.call('EXPIRE', stage, 3600)
return remember(own, op, {redis.call('HLEN', stage)})[1]
