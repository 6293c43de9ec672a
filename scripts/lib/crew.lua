-- @include finite
-- @include paused
-- The agents that live, by runner type: a function that answers the names of those
-- that serve a type and are not drained, at most 1,000, and how many there are. They
-- are read when it is asked first.
local function crew(k, now)
  local by
  return function(runner)
    if not by then
      by = {}
      local all = redis.pcall('HGETALL', k.agents)
      local pauses = redis.call('EXISTS', k.paused) == 1
      for i = 1, all.err and 0 or #all, 2 do
        local name, ok, agent = all[i], pcall(cjson.decode, all[i + 1])
        local seen = ok and type(agent) == 'table' and type(agent.runners) == 'table' and finite(agent.seen)
        if seen and now - seen <= 5 and not string.find(name, '[%c%s:"\\]') and not (pauses and paused(k, 'agent:' .. name, now)) then
          for _, kind in ipairs(agent.runners) do
            by[kind] = by[kind] or {}
            table.insert(by[kind], name)
          end
        end
      end
      for _, names in pairs(by) do table.sort(names) end
    end
    local names, first = by[runner] or {}, {}
    for i = 1, math.min(#names, 1000) do first[i] = names[i] end
    return first, #names
  end
end
