-- JPLAN: keeps the times of schedules that were planned ahead.
-- A line of an older time zone database never replaces one of a newer that still has
-- times to come. With an empty line a schedule is forgotten whose times have all passed.
-- KEYS: prefix op
-- ARGV: op now (schedule line)...
-- Returns: the number of lines kept
-- Errors: INVALID, WRONGTYPE, STALE
-- A line is `DB FROM t1 t2 ... `, as lib/plan.lua reads it, or `! ` and why there is none.
-- @include keys
-- @include clock
-- @include guard
-- @include again
-- @include remember
local k, own = keys()
local op, now = ARGV[1], clock(ARGV[2] or 'absent')
if not own or not now or #ARGV < 4 or #ARGV % 2 ~= 0 or string.find(op, '%s') then
  return redis.error_reply('INVALID op (without blanks), now and pairs of schedule and line are needed')
end
for i = 4, #ARGV, 2 do
  local line = ARGV[i]
  if line ~= '' and not string.find(line, '^! .') and not string.find(line, '^%w+ %-?%d+%.%d+ [%d%+ ]*%.? ?$') then
    return redis.error_reply('INVALID line of ' .. ARGV[i - 1] .. ': ' .. string.sub(line, 1, 100))
  end
end
local wrong = guard(own, 'string', k.plan, 'hash', k.want, 'zset')
if wrong then return wrong end
local before = again(own, op)
if before then return before[1] end
local kept = 0
for i = 3, #ARGV, 2 do
  local spec, line = ARGV[i], ARGV[i + 1]
  local old = redis.call('HGET', k.plan, spec) or ''
  local last = string.match(old, ' (%d+) %.? ?$')
  local over = not last or tonumber(last) <= now
  if line == '' then
    if over then redis.call('HDEL', k.plan, spec) end
  elseif over or string.match(line, '^%S+') >= string.match(old, '^%S+') then
    redis.call('HSET', k.plan, spec, line)
    kept = kept + 1
  end
  redis.call('ZREM', k.want, spec)
end
return remember(own, op, {kept})[1]
