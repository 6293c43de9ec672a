-- @include clock
-- @include number
-- @include numeral
-- @include quote
-- @include guard
-- @include derived
-- @include meaning
-- @include upstream
-- @include place
-- @include drop
-- @include was
-- @include anew
-- @include stamp
-- @include moved
-- @include again
-- @include remember
-- Creates or updates one job; shared by JSET and JSETNX. Checks everything
-- before it writes anything. With create it leaves a job that exists alone. KEYS and
-- ARGV are those of JSET.
local function put(create, KEYS, ARGV)
  local function invalid(what) return redis.error_reply('INVALID ' .. what) end
  local id, runner, payload, extra, op = ARGV[2], ARGV[3], ARGV[4], ARGV[10], KEYS[4] and ARGV[11] or ''
  if not KEYS[3] then return invalid('keys board, schedule and runners are needed') end
  if not payload then return invalid('now, id, runner and payload are needed') end
  local now = clock(ARGV[1])
  if not now then return invalid('now is not a time in seconds: ' .. ARGV[1]) end
  if id == '' then return invalid('id is empty') end
  if runner == '' then return invalid('runner is empty') end

  -- A put without a start begins now; that alone does not make it another job.
  local function bare(metadata) return (string.gsub(metadata, '"start":%-?[%d.]+', '', 1)) end
  local function given(i, name)
    local value = ARGV[i]
    if not value or value == '' then return nil end
    local n = number(value)
    if not n then return nil, name .. ' is not a number: ' .. value end
    return n
  end
  local interval, start, stop, lambda, step, why
  interval, why = given(5, 'interval')
  if why then return invalid(why) end
  start, why = given(6, 'start')
  if why then return invalid(why) end
  stop, why = given(7, 'stop')
  if why then return invalid(why) end
  lambda, why = given(8, 'lambda')
  if why then return invalid(why) end
  step, why = given(9, 'step')
  if why then return invalid(why) end
  for name, n in pairs({interval = interval, start = start, lambda = lambda, step = step}) do
    if n == math.huge or n == -math.huge then return invalid(name .. ' is infinite') end
  end
  if interval and interval < 0 then return invalid('interval is negative: ' .. ARGV[5]) end
  if start and start < 0 then start = nil end

  local more = ''
  if extra and extra ~= '' then
    local ok, fields = pcall(cjson.decode, extra)
    more = string.match(extra, '^%s*{%s*(.-)%s*}%s*$')
    if not ok or type(fields) ~= 'table' or not more then return invalid('the fields behind step are not a JSON object') end
    for _, name in ipairs({'id', 'runner', 'payload', 'interval', 'start', 'stop', 'lambda', 'step', 'run', 'queued'}) do
      if fields[name] ~= nil then return invalid('field "' .. name .. '" has an argument of its own') end
    end
    if more ~= '' then more = ',' .. more end
  end

  local k = derived(KEYS[1], KEYS[2])
  local wrong = guard(k.board, 'hash', k.schedule, 'zset', KEYS[3], 'hash', k.busy, 'hash', k.quarantine, 'hash', k.paused, 'hash',
    k.plan, 'hash', k.reboot, 'hash', k.after, 'hash')
  if wrong then return wrong end
  wrong = KEYS[4] and guard(KEYS[4], 'string')
  if wrong then return wrong end
  local before = again(KEYS[4], op)
  if before then return before[1] end
  local old = redis.call('HGET', k.board, id)
  if create and old then return remember(KEYS[4], op, {0})[1] end

  local text = '{"id":' .. quote(id) .. ',"start":' .. numeral(start or now) .. ',"runner":' .. quote(runner)
  if interval then text = text .. ',"interval":' .. numeral(interval) end
  for i, name in ipairs({'stop', 'lambda', 'step'}) do
    local value = ARGV[6 + i]
    if value and value ~= '' then text = text .. ',"' .. name .. '":' .. quote(value) end
  end
  text = text .. more .. ',"payload":' .. quote(payload) .. '}'

  local m
  m, why = meaning(text)
  if not m then return invalid(why) end
  if m.after then
    why = upstream(k, id, m.after)
    if why then return invalid(why) end
  end
  redis.call('HSETNX', KEYS[3], runner, 'jobs-' .. runner .. '-runner')
  if stop and stop >= 0 and stop <= now then
    drop(k, {id}, {old}, stamp(k, now))
    return remember(KEYS[4], op, {1})[1]
  end
  redis.call('HSET', k.board, id, text)
  if not old then
    anew(k, {id}, {}, stamp(k, now))
  elseif old ~= text and (start or bare(old) ~= bare(text)) then
    was(k, id, stamp(k, now), old)
    moved(k)
  end
  redis.call('HDEL', k.quarantine, id)
  place(k, id, now, m, old and meaning(old), start, {})
  return remember(KEYS[4], op, {1})[1]
end
