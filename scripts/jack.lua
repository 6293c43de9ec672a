-- JACK: ends one attempt, or tells how it is going.
-- For workers in any language; the agents use JACKMANY.
-- KEYS: prefix [held]
-- ARGV: now run token 0|1|2 [text]
-- Returns: what became of the run: succeeded, failed, dead, retrying; running for a status update
-- Errors: INVALID, WRONGTYPE, STALE, NORUN
-- 0 is success, 1 failure, 2 a status update, which also renews the lease. `text`
-- is the result, the reason, or the status. `held` is the lane's key; the lane is
-- what stands behind the third colon of the token. An empty token is accepted for
-- a run that nobody holds, taken by RPOP or JPOP; then `run` may also be a job id.
-- @include keys
-- @include clock
-- @include guard
-- @include again
-- @include remember
-- @include holder
-- @include over
-- @include record
-- @include regardless
-- @include settle
-- @include limits
local k = keys()
local now, run, token, what, text = clock(ARGV[1] or 'absent'), ARGV[2], ARGV[3], ARGV[4], ARGV[5] or ''
if not k.waiting or not now or not run or run == '' or not token or not (what == '0' or what == '1' or what == '2') then
  return redis.error_reply('INVALID now, run, token and 0, 1 or 2 are needed')
end
local try, started, lane = string.match(token, '^(%d+):%d+:(%d+):(.+)$')
if token ~= '' and not lane then return redis.error_reply('INVALID token ' .. token) end
local whole = string.find(run, '.@%-?%d+%.%d+$') or string.find(run, '.#%x+$')
local once = what ~= '2' and whole and 'ack' .. what or ''
local opkey = k.board .. ':op:' .. (token ~= '' and token or run)
local wrong = guard(opkey, 'string', k.board, 'hash', k.busy, 'hash', k.retry, 'zset', k.parked, 'hash', k.dead, 'zset', k.history, 'stream',
  k.ledger, 'stream', k.stats, 'hash', k.outputs, 'zset', k.progress, 'hash', k.workers, 'zset', k.cancel, 'zset', k.waiting, 'hash', k.seq, 'string') or flows(k)
if wrong then return wrong end
local before = again(opkey, once)
if before then return before[1] end

regardless('HDEL', k.stats)
local state = what == '0' and 'succeeded' or 'failed'
if token == '' then
  local by = holder(k, run)
  if by then return redis.error_reply('STALE ' .. run .. ' is held by ' .. by .. ': its token is needed') end
  if redis.call('HEXISTS', k.parked, run) == 1 or over(k, run) then
    return redis.error_reply('STALE ' .. run .. ' waits for a retry or has ended')
  end
  if what == '2' then return redis.error_reply('NORUN ' .. run .. ' has no lease to renew') end
  if not whole then run = string.format('%s#%012x%010x', run, math.floor(now * 1000), redis.call('INCR', k.seq)) end
  local kept = {run, record({state = state, run = run, finished = now, attempt = 1,
    result = what == '0' and text, reason = what == '1' and text})}
  limits(kept, run, redis.call('HGET', k.board, jobof(run)) or '')
  keep(k, now, kept)
  tally(k, {[state] = 1})
  return remember(opkey, once, {state})[1]
end

local held = k.board .. ':held:' .. lane
wrong = guard(held, 'hash')
if wrong then return wrong end
local mine = redis.call('HGET', held, token)
if not mine or head(mine) ~= run then
  settle(k, held, now, {token, run, '', ''}, 1)
  return redis.error_reply('STALE ' .. run .. ' is no longer held under this token')
end
if what == '2' then
  redis.call('HSET', k.progress, run, text)
  local lease = tonumber(string.match(redis.call('HGET', held, '.t') or '', '^%S+ (%S+)') or 4)
  redis.call('ZADD', k.workers, string.format('%.3f', now + lease), lane)
  return 'running'
end
local _, queued, _, counts = head(mine)
local story = record({state = state, run = run, queued = tonumber(queued), started = tonumber(started) / 1000, finished = now,
  attempt = tonumber(try), lost = counts.lost, missed = counts.missed, due = counts.due and counts.due / 1000, agent = lane, result = what == '0' and text, reason = what == '1' and text})
local _, became = settle(k, held, now, {token, run, story, ''}, 1)
return remember(opkey, once, {became[token]})[1]
