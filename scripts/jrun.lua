-- JRUN: queues a run of a job now, besides its schedule.
-- KEYS: prefix op
-- ARGV: op now job run force
-- Returns: the runner type
-- Errors: INVALID, WRONGTYPE, NOJOB, ACTIVE, PAUSED, STALE
-- The caller mints the id, JOB#X with X in hex digits. With `overlap: forbid` ACTIVE says which run is
-- in the way, unless `force` is 1; so does PAUSED of a pause of the job or the board.
-- @include keys
-- @include clock
-- @include guard
-- @include again
-- @include remember
-- @include sequence
-- @include meaning
-- @include pause
-- @include blame
-- @include entry
-- @include tally
-- @include listof
local k, own = keys()
local op, now, job, run, force = ARGV[1], clock(ARGV[2] or 'absent'), ARGV[3], ARGV[4], ARGV[5]
if not own or not now or not force or string.sub(run, 1, #job + 1) ~= job .. '#'
  or not string.find(string.sub(run, #job + 2), '^%x+$') or string.find(op, '%s') then
  return redis.error_reply('INVALID op (without blanks), now, job, run (JOB#HEX) and force are needed')
end
local wrong = guard(own, 'string', k.board, 'hash', k.seq, 'string', k.active, 'hash', k.stats, 'hash', k.paused, 'hash')
if wrong then return wrong end
local before = again(own, op)
if before then return before[1] end
local text = redis.call('HGET', k.board, job)
if not text then return remember(own, op, redis.error_reply('NOJOB no such job')) end
local m, why = meaning(text)
if not m then return redis.error_reply('INVALID ' .. job .. ': ' .. why) end
for _, what in ipairs({'job:' .. job, 'board'}) do
  local p = pause(k, what)
  if p and not (p.ends and p.ends <= now) and force ~= '1' then
    return remember(own, op, redis.error_reply('PAUSED ' .. (what == 'board' and 'the board' or job) .. ' is ' .. blame(p)))
  end
end
local by = m.overlap == 'forbid' and string.match(redis.call('HGET', k.active, job) or '', ' (.*)$')
if by and force ~= '1' then
  return remember(own, op, redis.error_reply('ACTIVE run ' .. by .. ' of ' .. job .. ' is running or waits for its retry'))
end
local queue, bell = listof(k, m.runner, m.priority), k.board .. ':bell:' .. m.runner
wrong = guard(queue, 'list', bell, 'list')
if wrong then return wrong end
local counts = {seq = sequence(k, 1), force = force == '1' and 1 or nil}
redis.call('LPUSH', queue, entry(run, counts, string.format('%.3f', now), string.match(text, '^%s*{%s*(.*)$')))
if redis.call('EXISTS', bell) == 0 then redis.call('LPUSH', bell, 1) end
tally(k, {queued = 1})
return remember(own, op, {m.runner})[1]
