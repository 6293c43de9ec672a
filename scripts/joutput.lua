-- JOUTPUT: tells what attempts under way have printed so far, and how far they are.
-- For one worker lane, many attempts in one call. It moves no lease.
-- KEYS: prefix held
-- ARGV: (token run offset text progress)...
-- Returns: the tokens that the lane does not hold; nothing is taken of them
-- Errors: INVALID, WRONGTYPE
-- `offset` is how many bytes the attempt had printed before `text`. What is known already
-- is left out, so that the same call again adds nothing; what lies between was skipped.
-- `progress` is "" while it stays as it was. Of each attempt the last 128 KiB are kept,
-- until it ends: the ack brings its output.
-- @include keys
-- @include finite
-- @include guard
-- @include head
local k, held = keys()
if not held or #ARGV == 0 or #ARGV % 5 ~= 0 then
  return redis.error_reply('INVALID five arguments an attempt are needed: token, run, offset, text and progress')
end
local live = k.board .. ':live'
local wrong = guard(held, 'hash', live, 'hash', k.progress, 'hash')
if wrong then return wrong end
for i = 1, #ARGV, 5 do
  local offset = finite(ARGV[i + 2])
  if not string.find(ARGV[i], '^%d+:%d+:') or not offset or offset < 0 or offset % 1 ~= 0 then
    return redis.error_reply('INVALID token or offset of ' .. ARGV[i + 1])
  end
  wrong = guard(live .. ':' .. ARGV[i + 1], 'stream')
  if wrong then return wrong end
end

local refused = {}
for i = 1, #ARGV, 5 do
  local token, run, offset, text, progress = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3], ARGV[i + 4]
  local mine = redis.call('HGET', held, token)
  if not mine or head(mine) ~= run then
    refused[#refused + 1] = token
  else
    local seq = string.match(token, '^%d+:0*(%d+)')
    local stream, last = live .. ':' .. run, redis.call('HGET', live, run)
    local known = tonumber(last and string.match(last, '^' .. seq .. '%-(%d+)$')) or 0
    local upto = offset + #text
    if upto > known then
      local id = string.format('%s-%.0f', seq, upto)
      local from = string.format('%s-%.0f', seq, math.max(0, upto - 131072))
      -- A stream that somebody has put ahead of the attempt stops nothing.
      local added = redis.pcall('XADD', stream, 'MINID', '~', from, id, token, string.sub(text, math.max(0, known - offset) + 1))
      if type(added) ~= 'string' and not string.find(added.err, 'equal or smaller', 1, true) then return added end
      if type(added) == 'string' then
        redis.call('XTRIM', stream, 'MAXLEN', '~', 4000)
        redis.call('HSET', live, run, id)
      end
    end
    redis.call('EXPIRE', stream, 86400)
    redis.call('EXPIRE', live, 86400)
    if progress ~= '' then redis.call('HSET', k.progress, run, progress) end
  end
end
return refused
