-- @include finite
-- @include clock
-- @include head
-- @include free
-- @include release
-- @include record
-- @include keep
-- @include tally
-- @include follow
-- Ends the runs that wait for an agent which has signed off, or was not heard of for a
-- minute: nobody else may take them. Looks at 20 lists a call, at each every few seconds,
-- and ends 1,000 runs at most in all. Names of selectors that were not used for a day go.
local function gone(k, now)
  local shares, selectors = k.board .. ':shares', k.board .. ':selectors'
  local today, room = clock(''), 1000
  for index, age in pairs({[shares] = 5, [selectors] = 86400}) do
    local old = redis.pcall('ZRANGEBYSCORE', index, '-inf', string.format('%.3f', today - age), 'LIMIT', 0, 20)
    for _, name in ipairs(old) do
      local list = k.board .. ':sel:' .. name
      local agent = index == shares and string.match(name, ':@([^:]*)$')
      local about = agent and redis.pcall('HGET', k.agents, agent)
      local seen = type(about) == 'string' and finite(string.match(about, '^{"seen":([%d.]+)')) or 0
      local texts = agent and now - seen > 60 and room > 0 and redis.pcall('RPOP', list, room) or {}
      local kept, ended, over, whole = {}, {}, {}, {}
      room = room - #texts
      for _, text in ipairs(texts) do
        local run, queued, _, counts = head(text)
        if run then
          ended[#ended + 1] = run
          whole[#whole + 1] = text
          kept[#kept + 1] = run
          kept[#kept + 1] = record({state = 'cancelled', run = run, runner = string.match(name, '^(.*):'), queued = tonumber(queued), finished = now,
            attempt = (counts.try or 1) - 1, lost = counts.lost, missed = counts.missed, reason = 'agent ' .. agent .. ' is gone'})
          if counts.unique then free(k, run, text) end
          if k.flows then over[#over + 1] = {run, text, 'cancelled'} end
        end
      end
      release(k, ended, whole)
      if #kept > 0 then keep(k, now, kept) end
      tally(k, {cancelled = #ended})
      if #over > 0 then follow(k, now, over) end
      if redis.call('EXISTS', list) == 1 then
        redis.call('ZADD', index, string.format('%.3f', today), name)
      else
        redis.call('ZREM', index, name)
      end
    end
  end
end
