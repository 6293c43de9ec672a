-- @include flows
-- @include flowof
-- @include meaning
-- @include jobof
-- @include pause
-- @include sequence
-- @include entry
-- @include listof
-- @include ring
-- @include guard
-- @include park
-- @include note
-- @include tally
-- @include quote
-- Makes the jobs run that follow the runs that have just ended. finals is a list of
-- {run, entry, state, record}. A job whose upstream jobs all begin at one and the
-- same job joins within a flow, the run with which that began; it runs once a flow,
-- when every one of them has ended as `on` wants. When one has ended otherwise the job
-- is skipped in this flow, and so is what follows it; a replay of that run that ends
-- well makes up for it. A job whose upstream jobs have different beginnings runs when
-- each has ended well since it ran last, within `within`. Looks at no more than
-- 1,000 jobs.
local function follow(k, now, finals)
  local budget, lines, queued = 1000, {}, 0
  local step

  -- The nominal time of a flow is that of its first run; a run by hand has the time in
  -- its id, in milliseconds.
  local function due(flow)
    local ms = string.match(flow or '', '@(%-?%d+)%.%d+$')
    if ms then return tonumber(ms) end
    local hex = string.match(flow or '', '#(%x%x%x%x%x%x%x%x%x%x%x%x)%x+$')
    return hex and tonumber(hex, 16) or math.floor(now * 1000)
  end

  local function dependents(parent, flow, state, info)
    local ok, list = pcall(cjson.decode, redis.call('HGET', k.after, parent) or '[]')
    for _, child in ipairs(ok and type(list) == 'table' and list or {}) do
      budget = budget - 1
      if budget >= 0 then step(child, flow, parent, state, info) end
    end
  end

  local function skip(child, flow, key, reason, by)
    if redis.call('HGET', key, child) then return end
    redis.call('HSET', key, child, 'skipped')
    redis.call('EXPIRE', key, 86400)
    lines[#lines + 1] = string.format('%s@%.0f', child, due(flow))
    lines[#lines + 1] = string.format('{"outcome":"skipped","at":%.3f,"reason":%s,"by":%s}', now, quote(reason), quote(by))
    dependents(child, flow, 'skipped', {run = by, state = 'skipped'})
  end

  local function queue(child, m, text, flow, upstream)
    local run = string.format('%s@%.0f.%.0f', child, due(flow), sequence(k, 1))
    local before = string.format('"flow":%s,"upstream":{%s},', quote(flow or run), table.concat(upstream, ','))
    local whole = entry(run, {catchup = 1}, string.format('%.3f', now), before .. string.match(text, '^%s*{%s*(.*)$'))
    local list = listof(k, m.runner, m.priority, m.hosts)
    if guard(list, 'list', k.board .. ':bell:' .. m.runner, 'list') then
      park(k, 'retry', now + 1, run, whole)
    else
      redis.call('LPUSH', list, whole)
      ring(k, m.runner, m.hosts)
    end
    queued = queued + 1
  end

  -- What the parents of a job have ended as, or nil when one of them has not.
  local function joined(m, values, least)
    local upstream = {}
    for i, parent in ipairs(m.after) do
      if not values[i] or least and tonumber(string.match(values[i], '"at":([%d.]+)')) < least then return nil end
      upstream[i] = quote(parent) .. ':' .. values[i]
    end
    return upstream
  end

  function step(child, flow, parent, state, info)
    local key = k.board .. ':flow:' .. flow
    local text = redis.call('HGET', k.board, child)
    if not text then return skip(child, flow, key, 'it is not on the board any more', info.run) end
    local m, follows = meaning(text), false
    for _, name in ipairs(m and m.after or {}) do follows = follows or name == parent end
    if not follows then return end
    local wanted = m.on == 'always' and (state == 'succeeded' or state == 'failed' or state == 'dead')
      or m.on == 'failure' and (state == 'failed' or state == 'dead') or not m.on and state == 'succeeded'
    local value = string.format('{"run":%s,"state":%s,"at":%.3f%s}', quote(info.run), quote(state), now,
      info.result and ',"result":' .. quote(info.result) or '')

    if redis.call('HGET', k.after, '\nroot ' .. child) == '' then
      if not wanted then return end
      local met = k.board .. ':met:' .. child
      redis.call('HSET', met, parent, value)
      redis.call('EXPIRE', met, math.ceil(m.within or 86400))
      local upstream = joined(m, redis.call('HMGET', met, unpack(m.after)), now - (m.within or 86400))
      if not upstream then return end
      redis.call('DEL', met)
      if pause(k, 'job:' .. child) or pause(k, 'board') then
        lines[#lines + 1] = string.format('%s@%.0f', child, due())
        lines[#lines + 1] = string.format('{"outcome":"skipped","at":%.3f,"reason":"paused","by":%s}', now, quote(info.run))
        return
      end
      return queue(child, m, text, nil, upstream)
    end

    local was = redis.call('HGET', key, child)
    if was == 'queued' then return end
    if not wanted then return skip(child, flow, key, 'upstream ' .. parent .. ': ' .. state, info.run) end
    redis.call('HSET', key, child .. '\n' .. parent, value)
    redis.call('EXPIRE', key, 86400)
    local names = {}
    for i, name in ipairs(m.after) do names[i] = child .. '\n' .. name end
    local upstream = joined(m, redis.call('HMGET', key, unpack(names)))
    if not upstream then return end
    if pause(k, 'job:' .. child) or pause(k, 'board') then return skip(child, flow, key, 'paused', info.run) end
    if m.stop and m.stop <= now then return skip(child, flow, key, 'its stop has passed', info.run) end
    redis.call('HSET', key, child, 'queued')
    queue(child, m, text, flow, upstream)
  end

  for _, one in ipairs(finals) do
    local run, text, state, story = one[1], one[2], one[3], one[4]
    local job = jobof(run)
    if redis.call('HEXISTS', k.after, job) == 1 then
      local ok, said = pcall(cjson.decode, story or '')
      local result = ok and type(said) == 'table' and type(said.result) == 'string' and said.result or nil
      dependents(job, flowof(run, text), state, {run = run, result = result})
    end
  end
  if #lines > 0 then note(k, lines) end
  tally(k, {queued = queued})
end
