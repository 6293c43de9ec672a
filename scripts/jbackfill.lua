-- JBACKFILL: queues runs of a job for nominal times that have passed.
-- Each `run` is JOB#X, minted by the caller with X in hex digits, and bears its `due` in
-- the head. They wait for the active run of their job and for each other, unless it
-- allows overlap. The ledger says of each nominal time which run it got.
-- KEYS: prefix op
-- ARGV: op now job force (run due)...
-- Returns: the number of runs queued
-- Errors: INVALID, WRONGTYPE, NOJOB, PAUSED, STALE
-- PAUSED when the job or the board is paused, unless `force` is 1. At most 1,000 runs a call.
-- @include keys
-- @include clock
-- @include finite
-- @include guard
-- @include again
-- @include remember
-- @include sequence
-- @include meaning
-- @include pause
-- @include blame
-- @include entry
-- @include quote
-- @include note
-- @include tally
-- @include listof
-- @include ring
-- @include crowded
local k, own = keys()
local ARGV = ARGV
local op, now, job, force = ARGV[1], clock(ARGV[2] or 'absent'), ARGV[3], ARGV[4]
if not own or not now or not force or #ARGV < 6 or #ARGV % 2 ~= 0 or #ARGV > 2004 or string.find(op, '%s') then
  return redis.error_reply('INVALID op (without blanks), now, job, force and 1 to 1,000 pairs of run and due are needed')
end
local dues = {}
for i = 5, #ARGV, 2 do
  local due = finite(ARGV[i + 1])
  if string.sub(ARGV[i], 1, #job + 1) ~= job .. '#' or not string.find(ARGV[i], '^%x+$', #job + 2) then
    return redis.error_reply('INVALID run id ' .. ARGV[i] .. ' is not JOB#HEX')
  end
  if not due or due < 0 or due > now then return redis.error_reply('INVALID nominal time ' .. ARGV[i + 1] .. ' is none that has passed') end
  dues[i] = math.floor(due * 1000 + 0.5)
end
local wrong = guard(own, 'string', k.board, 'hash', k.seq, 'string', k.stats, 'hash', k.paused, 'hash', k.ledger, 'stream')
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
if m.hosts == 'all' then return redis.error_reply('INVALID ' .. job .. ' runs on all hosts, and which lived then is not known: use run') end
if crowded(k, m.runner, m.hosts) then return redis.error_reply('INVALID the board has 1,000 selectors already') end
local queue = listof(k, m.runner, m.priority, m.hosts)
wrong = guard(queue, 'list', k.board .. ':bell:' .. m.runner, 'list')
if wrong then return wrong end

local entries, lines, queued = {}, {}, string.format('%.3f', now)
local seq, rest = sequence(k, 1), string.match(text, '^%s*{%s*(.*)$')
for i = 5, #ARGV, 2 do
  entries[#entries + 1] = entry(ARGV[i], {seq = seq, catchup = 1, due = dues[i]}, queued, rest)
  lines[#lines + 1] = string.format('%s@%.0f', job, dues[i])
  lines[#lines + 1] = '{"outcome":"backfilled","at":' .. queued .. ',"run":' .. quote(ARGV[i]) .. '}'
end
for i = 1, #entries, 1000 do redis.call('LPUSH', queue, unpack(entries, i, math.min(i + 999, #entries))) end
ring(k, m.runner, m.hosts)
note(k, lines)
tally(k, {queued = #entries})
return remember(own, op, {#entries})[1]
