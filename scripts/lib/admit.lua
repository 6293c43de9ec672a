-- @include screen
-- @include dismiss
-- @include dismissed
-- @include underway
-- @include begun
-- @include leftat
-- Lets the entries popped from a queue start, or not. Dropped, with a record, is what was cancelled or has expired and what
-- `overlap: forbid` forbids: a job with an attempt or a waiting retry, or an entry older than
-- the job's latest attempt. Forced runs are exempt, and guard the job only when no
-- other run does; what was taken before and catch-up runs wait for their turn.
-- What was fired when its job had no active run is told by numbers alone: a run that is active now has started since, and
-- has the higher one.
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
  local asked, plain, nth, starts = s.asked, {}, 0, 0 -- nth: of asked
  local started, numbers, doubt = {}, {}, {} -- to be kept: runs of jobs, numbers of jobs, and of those that may have left
  local mine, latest, active, gone = {}, {}, {}, nil
  if #asked > 0 then
    latest, gone = redis.pcall('HMGET', k.board .. ':latest', unpack(asked)), leftat(k)
    if latest.err or s.least <= gone then active = underway(k, asked) end
  end
  local d = {lines = {}, kept = {}, ended = {}, texts = {}, counted = {}, over = {}, waiting = {}}

  for i, raw in ipairs(batch) do
    local e, overlap, by = s.weighed[i], s.overlaps[i], nil
    local deny = e and (e.cancelled and 'cancelled' or e.expired and 'expired')
    if e and e.foreign then d.counted.queued = (d.counted.queued or 0) + 1 end
    if overlap then
      local counts, run, name, num = e and e.counts or plain, s.runs[i], s.claims[i], s.numbers[i]
      local again = counts.try or counts.lost
      nth = nth + 1
      by = active[nth] or mine[name]
      if by and by ~= run and not counts.force then
        deny = (counts.catchup or again) and 'wait' or overlap == 'forbid' and 'collapsed' or 'blocked'
      elseif not by and overlap == 'forbid' and num < (tonumber(latest[nth] or 0) or 0) and not (again or counts.force or counts.catchup) then
        deny, by = 'collapsed', redis.call('HGET', k.busy, name) or ''
      elseif not by or by == run then
        starts = starts + 1
        mine[name] = run
        started[2 * starts - 1], started[2 * starts] = name, run
        local to = s.fired[i] and num > gone and numbers or doubt
        local at = #to
        to[at + 1], to[at + 2] = name, format('%d', t.seq)
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
  for from = 1, #started, 1000 do redis.call('HSET', k.busy, unpack(started, from, math.min(from + 999, #started))) end
  begun(k, numbers, doubt)
  dismissed(k, now, d)
end
