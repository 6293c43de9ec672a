-- @include screen
-- @include dismiss
-- @include dismissed
-- Lets the entries popped from a queue start, or not. Dropped, with a record, is what was cancelled or has expired and what
-- `overlap: forbid` forbids: a job with an attempt or a waiting retry, or an entry older than
-- the job's latest attempt. Forced runs are exempt, and guard the job only when no
-- other run does; what was taken before and catch-up runs wait for their turn.
-- t is the state of the take: seq and popped count on, tries and reply grow. Tokens are made by one
-- of three formats: t.plain and t.alone for what is acked without a look at its entry.
local function admit(k, now, kind, batch, t)
  local s = screen(k, now, kind, batch, t)
  local reply, n, plainly, format = t.reply, #t.reply, t.plain, string.format
  if not s.some then
    local seq = t.seq - 1
    for i, raw in ipairs(batch) do
      reply[n + 1], reply[n + 2] = format(plainly, seq + i), raw
      n = n + 2
    end
    t.seq, t.room = t.seq + #batch, t.room - #batch
    return
  end
  local asked, plain, latest, started = s.asked, {}, {}, {}
  local d = {lines = {}, kept = {}, ended = {}, texts = {}, counted = {}, over = {}, waiting = {}}
  for from = 1, #asked, 1000 do
    local to = math.min(from + 999, #asked)
    for i, value in ipairs(redis.call('HMGET', k.active, unpack(asked, from, to))) do latest[asked[from + i - 1]] = value or nil end
  end

  for i, raw in ipairs(batch) do
    local e, overlap, by = s.weighed[i], s.overlaps[i], nil
    local deny = e and (e.cancelled and 'cancelled' or e.expired and 'expired')
    if e and e.foreign then d.counted.queued = (d.counted.queued or 0) + 1 end
    if overlap then
      local counts, run, name = e and e.counts or plain, s.runs[i], s.claims[i]
      local last = latest[name]
      local idle = not last and -1 or tonumber(last) -- the number of its latest attempt, which has ended
      if not idle then by = string.match(last, '^%d+ (.*)$') end
      local again = counts.try or counts.lost
      if by and by ~= run and not counts.force then
        deny = (counts.catchup or again) and 'wait' or overlap == 'forbid' and 'collapsed' or 'blocked'
      elseif idle and overlap == 'forbid' and s.numbers[i] < idle and not (again or counts.force or counts.catchup) then
        deny, by = 'collapsed', ''
      elseif not by or by == run then
        last = format('%d %s', t.seq, run)
        latest[name] = last
        started[#started + 1] = name
        started[#started + 1] = last
      end
    end
    if deny then
      dismiss(k, now, kind, e or {run = s.runs[i], counts = plain, text = raw, overlap = overlap, claim = s.claims[i]}, deny, by, d)
    else
      local own, try = format(s.tokens[i] or plainly, t.seq), e and e.counts.try
      if try then
        own = try .. string.sub(own, 2)
        t.tries = t.tries .. ' ' .. t.seq .. '=' .. try
      end
      reply[n + 1], reply[n + 2], n = own, e and e.text or raw, n + 2
      t.seq, t.room = t.seq + 1, t.room - 1
    end
  end
  for from = 1, #started, 1000 do redis.call('HSET', k.active, unpack(started, from, math.min(from + 999, #started))) end
  dismissed(k, now, d)
end
