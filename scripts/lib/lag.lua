-- @include numeral
-- @include twice
-- Makes a function that is told in which list jobs that forbid overlap are fired now, for which times, and keeps
-- whether they may have other runs queued. They have none in a list in which there was no such run at that time or later,
-- since a job is fired before its next time is due, but for times in a gap of the board and where somebody has
-- written a time of long ago into the schedule; nor in another list, unless jobs have moved since. So of each list is kept
-- when the first was queued there since it was empty, and the board's counter then: 0 if that is not known, or
-- runs are there (s.astray) that belong in the list of a priority.
local function lag(k, s)
  local key, known, since, empty, clear = k.board .. ':backlog', {}, {}, {}, not s.gap
  local all = redis.pcall('HGETALL', key)
  for i = 1, #all, 2 do known[all[i]] = all[i + 1] end
  local change = tonumber(known.moved or '')
  if not (change and known.twice and known.latest) then -- what was queued before is not known
    change = s.seq - 1
    local before = string.format('%.0f', change)
    twice(k, before, 'moved', before, 'latest', before)
  end
  for list, value in pairs(known) do
    local at, seq = string.match(value, '^(%S+) (%d+)$')
    if at and redis.pcall('EXISTS', list) == 0 then
      empty[#empty + 1] = list
    elseif at then
      since[list] = tonumber(at) or 0
      if since[list] > s.now then -- the clock went back
        since[list] = 0
        redis.call('HSET', key, list, '0 0')
      end
      clear = clear and tonumber(seq) > change
    end
  end
  for i = 1, #empty, 1000 do redis.call('HDEL', key, unpack(empty, i, math.min(i + 999, #empty))) end
  return function(list, first, last)
    if s.astray[list] then
      since[list] = 0
      redis.pcall('HSET', key, list, '0 0')
    elseif not since[list] then
      since[list] = s.now
      redis.pcall('HSET', key, list, numeral(s.now) .. string.format(' %.0f', s.seq))
    end
    if not clear or last > since[list] or first < since[list] - 60 then twice(k, string.format('%.0f', s.seq)) end
  end
end
