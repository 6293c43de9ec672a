-- @include plan
-- What the plan says of a job whose score, given also as text, is due. Answers nil
-- when more has to be planned first, which it asks for, or that is not possible and
-- the job is quarantined. Else a table: at is the first nominal time after now (nil: the
-- schedule has ended), n how many lie from score to now, times the ordinals of those
-- known, from 0. Of a score that is none of the schedule's times, as that of a job
-- that was just put, n is 0 and at the first that is not before it.
local function planned(s, id, spec, score, raw, now)
  local line, why = plan(s.k, s.plans, spec)
  if why then
    s.quarantine(id, 'its schedule: ' .. why)
    return nil
  end
  local function want()
    local before = s.wanted[spec]
    if not before or score < before then s.wanted[spec] = score end
  end
  local _, to = string.find(line, ' ' .. raw .. ' ', 1, true)
  local p = {n = 0, times = {}}
  if to then
    p.n, p.times[0] = 1, score
  else
    local behind = tonumber(string.match(line, '^%S+ (%S+) ') or '')
    _, to = string.find(line, '^%S+ %S+ ')
    if not behind or behind >= score then
      want()
      return nil
    end
  end
  while true do
    local item, after = string.match(line, '^(%S+) ()', to + 1)
    if not item then
      want()
      return nil
    end
    if item == '.' then return p end
    if string.byte(item) == 43 then
      p.n = p.n + (to and p.times[0] and tonumber(item) or 0)
    else
      local at = tonumber(item)
      if at > now and (p.times[0] or at >= score) then
        p.at = at
        if #line - after < 60 and string.sub(line, -3) ~= ' . ' then want() end
        return p
      end
      if p.times[0] then
        p.times[p.n] = at
        p.n = p.n + 1
      elseif at >= score then
        p.at = at
        return p
      end
    end
    to = after - 1
  end
end
