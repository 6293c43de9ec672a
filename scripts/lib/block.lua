-- @include park
-- @include quote
-- @include free
-- @include head
-- Sets a run aside until the active run of its job has ended: with `overlap: queue`
-- one waits and newer ones collapse into it, with `replace` the newest waits and by, the
-- active one, is cancelled. What wakes it is wake; the time is for the case that
-- nothing does. Adds to lines what collapsed, and answers how many that were.
local function block(k, now, overlap, job, run, text, by, lines)
  local function collapsed(which, into, whole)
    if string.find(whole, '"unique":', 1, true) then free(k, which, whole) end
    local _, _, _, counts = head(whole)
    lines[#lines + 1] = which
    lines[#lines + 1] = string.format('{"outcome":"collapsed","at":%.3f,"reason":"overlap","by":%s%s}', now, quote(into),
      counts and counts.missed and string.format(',"missed":%.0f', counts.missed) or '')
  end
  local old, n = redis.call('HGET', k.waiting, job), 0
  if old and old ~= run and redis.call('ZSCORE', k.retry, old) then
    n = 1
    if overlap ~= 'replace' then
      collapsed(run, old, text)
      return n
    end
    collapsed(old, run, redis.call('HGET', k.parked, old) or '')
    redis.call('ZREM', k.retry, old)
    redis.call('HDEL', k.parked, old)
  end
  if overlap == 'replace' then redis.call('ZADD', k.cancel, string.format('%.3f', now), by) end
  redis.call('HSET', k.waiting, job, run)
  park(k, 'retry', now + 60, run, text)
  return n
end
