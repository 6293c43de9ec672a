-- @include reader
-- @include sift
-- @include compose
-- @include numeral
-- @include quote
-- @include sequence
-- @include drop
-- @include stamp
-- @include note
-- @include tally
-- @include missed
-- @include standstill
-- @include listof
-- @include guard
-- @include finite
-- @include ring
-- @include crowded
-- @include crew
-- @include spread
-- @include underway
-- @include lag
-- Queues what is due, at most limit nominal times, for the runner types in
-- queues (type -> key), page by page and each page in three writes. Returns the
-- number pushed, the score that is due next, whether a bound was reached, a set
-- of types due but not served, a set of types that got a run, and how many schedules
-- have to be planned. While the board is paused nothing is due.
local function fire(k, now, limit, queues, policies)
  local s = {k = k, now = now, queued = string.format('%.3f', now), queues = queues, policies = policies, read = reader(),
    pushed = 0, skipped = 0, collapsed = 0, passed = 0, offset = 0, unserved = {}, nexts = {}, lists = {},
    plans = {}, wanted = {}, astray = {}}
  s.tails = {allow = {mark = '"alone":0,'}, forbid = {mark = '"alone":1,'}, queue = {mark = ''}, replace = {mark = ''}, all = {mark = ''}}
  local lines, rung, scanned, most = {}, {}, 0, limit * 20 + 100000
  s.lines = lines
  if redis.call('EXISTS', k.paused) == 1 then
    local still
    still, s.gap = standstill(k, now)
    if still then return 0, '', 0, {}, {}, 0 end
    s.pauses = true
  end
  function s.line(name, outcome, rest)
    lines[#lines + 1] = name
    lines[#lines + 1] = '{"outcome":' .. outcome .. ',"at":' .. s.queued .. rest .. '}'
  end
  function s.missed(id, first, count, reason, before, who, ticker) missed(lines, now, id, first, count, reason, before, who, ticker) end
  -- Since when the present ticker ticks, if times from first on passed before.
  function s.elected(first)
    s.ticks = s.ticks or finite(redis.call('HGET', k.tick, 'since')) or 0
    return s.ticks > first and s.ticks or nil
  end
  function s.done() return s.pushed + s.skipped + s.passed end
  function s.quarantine(id, why)
    if redis.call('HSETNX', k.quarantine, id, why) == 1 then s.line(id, '"quarantined"', ',"reason":' .. quote(why)) end
  end
  s.crew = crew(k, now)
  -- Where the list of a priority is none, its runs go with the normal ones; where that
  -- of a selector is none, or one too many, they go nowhere.
  function s.to(m)
    if not m.priority and not m.hosts then return queues[m.runner] end
    local to = listof(k, m.runner, m.priority, m.hosts)
    if s.lists[to] == nil then s.lists[to] = not guard(to, 'list') and not crowded(k, m.runner, m.hosts) end
    if s.lists[to] or m.hosts then return s.lists[to] and to or nil end
    s.astray[queues[m.runner]] = true
    return queues[m.runner]
  end
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', k.schedule, '+inf', '+inf', 'LIMIT', 0, 10)) do
    redis.call('ZREM', k.schedule, id)
    s.quarantine(id, 'its next nominal time was infinite')
  end

  while s.done() < limit and scanned < most do
    local page = redis.call('ZRANGEBYSCORE', k.schedule, '-inf', numeral(now), 'WITHSCORES', 'LIMIT', s.offset, 500)
    if #page == 0 then break end
    scanned = scanned + #page / 2
    local ids = {}
    for i = 1, #page / 2 do ids[i] = page[2 * i - 1] end
    local joined = table.concat(ids) -- odd where compose may have to quote: one look for the page costs less than a pattern an id
    s.odd = string.find(joined, '"', 1, true) or string.find(joined, '\\', 1, true) or not string.find(joined, '^%C*$')
    local texts = redis.call('HMGET', k.board, unpack(ids))
    local jobs, asked = sift(s, ids, texts, limit - s.done())
    if next(jobs) and not s.seq then s.seq = sequence(k, 1) end
    local active = {}
    for i, run in ipairs(#asked > 0 and underway(k, asked) or asked) do
      if run then active[asked[i]] = run end
    end

    local entries, scores, n, done, left = {}, {}, 0, {}, {}
    for i, id in ipairs(ids) do
      local m = jobs[i]
      if m and s.done() < limit then
        local all = m.hosts == 'all'
        local to = all or s.to(m)
        local list = entries[to]
        if not list then
          list = {runner = m.runner, on = m.hosts}
          if not all and to then entries[to] = list end
        end
        local coming = to and compose(s, list, id, m, page[2 * i], texts[i], active[id])
        if all then spread(s, list, entries, id, m) end
        if not to then
          s.quarantine(id, 'no list for the hosts ' .. m.hosts .. ' can be made')
          s.offset = s.offset + 1
        elseif coming == false then
          s.offset = s.offset + 1
        elseif coming then
          scores[n + 1], scores[n + 2] = coming, id
          n = n + 2
        else
          done[#done + 1] = id
          left[#left + 1] = texts[i]
        end
      end
    end
    for to, list in pairs(entries) do
      if list.last then
        s.lag = s.lag or lag(k, s)
        s.lag(to, list.first, list.last)
      end
      if #list > 0 and list.on then
        ring(k, list.runner, list.on)
      elseif #list > 0 then
        rung[list.runner] = true
      end
      for i = 1, #list, 1000 do redis.call('LPUSH', to, unpack(list, i, math.min(i + 999, #list))) end
    end
    if #scores > 0 then redis.call('ZADD', k.schedule, unpack(scores)) end
    if #done > 0 then drop(k, done, left, stamp(k, now), 4096) end
  end

  if s.gap then
    local first = redis.call('ZRANGE', k.schedule, 0, 0, 'WITHSCORES')[2]
    if not first or tonumber(first) > s.gap.to then redis.call('HDEL', k.paused, 'gap') end
  end
  local wants = {}
  for spec, score in pairs(s.wanted) do
    wants[#wants + 1] = numeral(score)
    wants[#wants + 1] = spec
  end
  for i = 1, #wants, 1000 do redis.call('ZADD', k.want, 'LT', unpack(wants, i, math.min(i + 999, #wants))) end
  if #lines > 0 then note(k, lines) end
  tally(k, {queued = s.pushed, skipped = s.skipped, collapsed = s.collapsed})
  local coming = redis.call('ZRANGEBYSCORE', k.schedule, '(' .. numeral(now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  return s.pushed, coming[2] or '', (s.done() >= limit or scanned >= most) and 1 or 0, s.unserved, rung, #wants / 2
end
