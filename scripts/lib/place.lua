-- @include number
-- @include span
-- @include numeral
-- @include pause
-- @include halt
-- @include ahead
-- @include relate
-- @include moved
-- Schedules a job whose metadata has just been written: m is its meaning now,
-- before the meaning it had (nil: none), start the start if one was given. A due
-- score stays, so that a put can not lose a run; a future one moves only if the
-- times have changed. A paused job stays paused: its time is kept with the pause.
-- A timeless job, which runs after others or at the start of a host, has none.
-- plans holds what was read of k.plan so far.
local function place(k, id, now, m, before, start, plans)
  if m.reboot then redis.call('HSET', k.reboot, id, 1) end
  if m.after or before and before.after then relate(k, id, m.after, before and before.after) end
  if m.timeless then
    redis.call('ZREM', k.schedule, id)
    return
  end
  local p = pause(k, 'job:' .. id)
  local score = p and p.next or not p and number(redis.call('ZSCORE', k.schedule, id))
  local at
  if not score or score == math.huge or score ~= score then
    at = start or now
  elseif score > now then
    if start and start > now then
      at = start
    elseif not before or before.spec ~= m.spec then
      at = m.spec and now or math.min(score, now + (m.interval and span(m, now) or 0))
    elseif before.interval ~= m.interval or before.lambda ~= m.lambda or before.step ~= m.step
      or before.least ~= m.least or before.most ~= m.most then
      at = math.min(score, now + (m.interval and span(m, now) or 0))
    end
  end
  if at and m.spec then at = ahead(k, plans, m.spec, math.max(at, now)) or now end
  if at and before and (not score or at < score) then moved(k) end
  if at and p then
    p.next = at
    halt(k, 'job:' .. id, p)
  elseif at then
    redis.call('ZADD', k.schedule, numeral(at), id)
  end
end
