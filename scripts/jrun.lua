-- JRUN: queues a run of a job now, besides its schedule.
-- KEYS: prefix op
-- ARGV: op now job run force
-- Returns: the runner type
-- Errors: INVALID, WRONGTYPE, NOJOB, NOAGENT, ACTIVE, PAUSED, STALE
-- The caller mints the id, JOB#X with X in hex digits. With `overlap: forbid` ACTIVE says which run is
-- in the way, unless `force` is 1; so does PAUSED of a pause of the job or the board. A job with
-- hosts `all` gets a run a live agent: the first has the id, each other one three digits more.
-- NOAGENT says that there is none.
-- @include keys
-- @include clock
-- @include guard
-- @include again
-- @include remember
-- @include sequence
-- @include meaning
-- @include pause
-- @include blame
-- @include share
-- @include entry
-- @include tally
-- @include listof
-- @include ring
-- @include crowded
-- @include crew
-- @include byhand
local k, own = keys()
local op, now, job, run, force = ARGV[1], clock(ARGV[2] or 'absent'), ARGV[3], ARGV[4], ARGV[5]
if not own or not now or not force or string.sub(run, 1, #job + 1) ~= job .. '#'
  or not string.find(string.sub(run, #job + 2), '^%x+$') or string.find(op, '%s') then
  return redis.error_reply('INVALID op (without blanks), now, job, run (JOB#HEX) and force are needed')
end
local wrong = guard(own, 'string', k.board, 'hash', k.seq, 'string', k.busy, 'hash', k.stats, 'hash', k.paused, 'hash')
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
local by = m.overlap == 'forbid' and redis.call('HGET', k.busy, job)
if by and force ~= '1' then
  return remember(own, op, redis.error_reply('ACTIVE run ' .. by .. ' of ' .. job .. ' is running or waits for its retry'))
end
local names = m.hosts == 'all' and crew(k, now)(m.runner)
if names and #names == 0 then return remember(own, op, redis.error_reply('NOAGENT no live agent serves ' .. m.runner)) end
if crowded(k, m.runner, m.hosts) then return redis.error_reply('INVALID the board has 1,000 selectors already') end
local lists = {}
for i, agent in ipairs(names or {false}) do
  local on = agent and '@' .. agent or m.hosts
  lists[i] = {to = listof(k, m.runner, m.priority, on), on = on}
  wrong = guard(lists[i].to, 'list')
  if wrong then return wrong end
end
wrong = guard(k.board .. ':bell:' .. m.runner, 'list')
if wrong then return wrong end
local counts = {seq = sequence(k, 1), force = force == '1' and 1 or nil}
local whole = entry(run, counts, string.format('%.3f', now), string.match(text, '^%s*{%s*(.*)$'))
for i, list in ipairs(lists) do
  local one = whole
  if names then one = share(whole, run .. (i > 1 and string.format('%03x', i - 1) or ''), names[i]) end
  redis.call('LPUSH', list.to, one)
  if m.overlap == 'forbid' and not names then byhand(k, counts.seq, list.to) end
  ring(k, m.runner, list.on)
end
tally(k, {queued = #lists})
return remember(own, op, {m.runner})[1]
