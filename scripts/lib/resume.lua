-- @include following
-- @include numeral
-- @include drop
-- @include stamp
-- @include ahead
-- Puts a job whose pause p ends back on its schedule, with catch_up at the nominal
-- time that was next when the pause began, else at the first after now. A job that
-- runs once has only one time, which then is overdue. Returns the next score (nil:
-- the job is finished), and how many nominal times were passed over and the first.
local function resume(k, id, p, now, m, catch_up, text)
  redis.call('HDEL', k.paused, 'job:' .. id)
  local first = p.next or m and m.start or now
  local at, passed = first, 0
  if not catch_up and m and m.spec and first <= now then
    at, passed = ahead(k, {}, m.spec, now) or now, 1
  elseif not catch_up and m and m.interval and first <= now then
    at, passed = following(m, first, now)
  end
  if m and m.stop and at > m.stop then
    drop(k, {id}, {text}, stamp(k, now), 4096)
    return nil, passed, first
  end
  redis.call('ZADD', k.schedule, numeral(at), id)
  return at, passed, first
end
