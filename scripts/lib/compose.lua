-- @include due
-- @include following
-- @include planned
-- @include aside
-- @include numeral
-- @include quote
-- @include blame
-- Writes the queue entries of one due job into list, and what made no run into the
-- lines of the ledger; by is the run that is active, if the job forbids overlap.
-- Returns the next score as text, nil when the job is finished, false when
-- its schedule has to be planned first. Texts that many
-- jobs have in common are made once: the next score of a meaning, and the end of a
-- head, by the text of the score.
local function compose(s, list, id, m, raw, text, by)
  local score = tonumber(raw)
  if not score or score == -math.huge then score = s.now end
  local now = s.now
  if s.gap and score <= s.gap.to then
    if score > s.gap.from and (m.interval or m.spec) then
      local coming, count, p
      if m.spec then
        p = planned(s, id, m.spec, score, raw, s.gap.to)
        if not p then return false end
        coming, count = p.at, p.n
      else
        coming, count = following(m, score, s.gap.to)
      end
      s.passed = s.passed + 1
      if count > 0 then s.missed(id, score, count, 'the board was ' .. blame(s.gap), coming or s.gap.to + 0.001, s.gap.who) end
      if not coming or m.stop and coming > m.stop then return nil end
      return numeral(coming)
    end
    if m.interval or m.spec then now = s.gap.from end
  end
  local plain = not (m.lambda or m.misfire or m.misfire_grace or m.stop) and (m.interval or m.spec)
  local known = plain and s.nexts[m] and s.nexts[m][raw]
  local times, coming, collapsed, first, missed
  if known then
    coming, collapsed, missed = known[1], known[2], 0
  else
    local p = m.spec and planned(s, id, m.spec, score, raw, now)
    if m.spec and not p then return false end
    if p and p.n == 0 then
      s.passed = s.passed + 1
      return p.at and numeral(p.at)
    end
    times, coming, collapsed, first, missed = due(m, score, now, s.policies, p)
    if coming then coming = numeral(coming) end
    if plain then
      s.nexts[m] = s.nexts[m] or {}
      s.nexts[m][raw] = {coming, collapsed}
    end
  end
  if missed > 0 then
    s.missed(id, first, missed, 'late by more than misfire allows', times[1] or tonumber(coming) or now, nil, s.elected(first))
  end
  if by and m.overlap == 'forbid' and (not times or #times == 1) then
    s.skipped = s.skipped + 1
    s.line(id .. string.format('@%.0f', math.floor((times and times[1] or score) * 1000 + 0.5)), '"skipped"', ',"reason":"overlap","by":' .. quote(by)
      .. (collapsed > 0 and string.format(',"missed":%.0f', collapsed) or ''))
    return coming
  end

  local held = by and m.overlap ~= 'forbid'
  if m.overlap == 'forbid' then -- for lag
    if not list.first or score < list.first then list.first = score end
    if not list.last or score > list.last then list.last = score end
  end
  local name = id
  if s.odd and string.find(id, '[%c"\\]') then name = string.sub(quote(id), 2, -2) end
  local body = string.byte(text, 1) == 123 and string.sub(text, 2) or string.match(text, '^%s*{(.*)$')
  if (not times or #times == 1) and (collapsed == 0 or not s.policies) then
    local at = times and times[1] or score
    local tails = s.tails[(m.hosts == 'all' or m.bound) and 'all' or m.overlap or 'allow']
    local tail = at == score and tails[raw]
    if not tail then
      tail = string.format('@%.0f.%.0f",%s"queued":%s,', math.floor(at * 1000 + 0.5), s.seq, tails.mark, s.queued)
      if at == score then tails[raw] = tail end
    end
    local entry = '{"run":"' .. name .. tail .. body
    s.pushed = s.pushed + 1
    if held then aside(s, m, id, at, entry, by) else list[#list + 1] = entry end
    return coming
  end
  for _, at in ipairs(times or {score}) do
    local entry = '{"run":"' .. name .. string.format('@%.0f.%.0f",', math.floor(at * 1000 + 0.5), s.seq)
      .. (collapsed > 0 and string.format('"missed":%.0f', collapsed) or '"catchup":1') .. ',"queued":' .. s.queued .. ',' .. body
    s.pushed = s.pushed + 1
    if held then aside(s, m, id, at, entry, by) else list[#list + 1] = entry end
  end
  return coming
end
