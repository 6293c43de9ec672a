-- @include number
-- @include span
-- @include numeral
-- Schedules a job whose metadata has just been written: m is its meaning now,
-- before the meaning it had (nil: none), start the start if one was given. A due
-- score stays, so that a put can not lose a run; a future one moves only if the
-- times have changed.
local function place(k, id, now, m, before, start)
  local score = number(redis.call('ZSCORE', k.schedule, id))
  if score == math.huge or score ~= score then score = nil end
  if not score then
    redis.call('ZADD', k.schedule, numeral(start or now), id)
  elseif score > now then
    if start and start > now then
      redis.call('ZADD', k.schedule, numeral(start), id)
    elseif not before or before.interval ~= m.interval or before.lambda ~= m.lambda or before.step ~= m.step then
      redis.call('ZADD', k.schedule, numeral(math.min(score, now + (m.interval and span(m, now) or 0))), id)
    end
  end
end
