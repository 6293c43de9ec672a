-- JRESUME: ends a pause.
-- KEYS: prefix op
-- ARGV: op now what catch_up
-- Returns: {1 or 0 (was not paused), next nominal time of a job or ""}
-- Errors: INVALID, WRONGTYPE, STALE
-- `what` is job:ID, queue:TYPE, board or agent:NAME. Nominal times within the pause
-- of a job or board are passed over, with a line in the ledger; with `catch_up` 1
-- they are late, and the job's `misfire` decides. A job that runs once is only late.
-- @include keys
-- @include clock
-- @include guard
-- @include again
-- @include remember
-- @include pause
-- @include reopen
-- @include meaning
-- @include resume
-- @include numeral
-- @include missed
-- @include blame
-- @include note
-- @include listof
local k, own = keys()
local op, now, what, catch_up = ARGV[1], clock(ARGV[2] or 'absent'), ARGV[3], ARGV[4]
if not own or not now or not catch_up or string.find(op, '%s') then
  return redis.error_reply('INVALID op (without blanks), now, what and catch_up are needed')
end
local runner = string.match(what, '^queue:(.*)$')
local queue, bell = k.board .. ':queue:' .. (runner or ''), k.board .. ':bell:' .. (runner or '')
local wrong = guard(own, 'string', k.paused, 'hash', k.board, 'hash', k.schedule, 'zset', k.busy, 'hash', k.ledger, 'stream', k.plan, 'hash', queue, 'list', bell, 'list')
if wrong then return wrong end
local before = again(own, op)
if before then return before end
local p = pause(k, what)
if not p then return remember(own, op, {0, ''}) end
local id, coming = string.match(what, '^job:(.*)$'), nil
if id then
  local text = redis.call('HGET', k.board, id)
  if text then
    local passed, first
    coming, passed, first = resume(k, id, p, now, (meaning(text)), catch_up == '1', text)
    if passed > 0 then
      local lines = {}
      missed(lines, now, id, first, passed, blame(p), coming or now, p.who)
      note(k, lines)
    end
  end
elseif what == 'board' and catch_up ~= '1' then
  reopen(k, p, now)
end
redis.call('HDEL', k.paused, what)
if runner and redis.call('EXISTS', queue, listof(k, runner, 'high'), listof(k, runner, 'low')) > 0 and redis.call('EXISTS', bell) == 0 then redis.call('LPUSH', bell, 1) end
return remember(own, op, {1, coming and numeral(coming) or ''})
