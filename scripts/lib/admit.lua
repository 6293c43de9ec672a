-- @include straight
-- @include screen
-- @include dismiss
-- @include dismissed
-- @include underway
-- @include begun
-- @include hashed
-- @include backlog
-- Lets the entries popped from a queue start, or not. Dropped, with a record, is what was cancelled or has expired and what
-- `overlap: forbid` forbids: a job with an attempt or a waiting retry, or an entry older than
-- the job's latest attempt. Forced runs are exempt, and guard the job only when no
-- other run does; what was taken before and catch-up runs wait for their turn.
-- Only what may have had others of its job beside it in the queue looks at the latest attempts, and is kept among them.
-- t is the state of the take: seq and popped count on, tries and reply grow. Tokens are made by one
-- of three formats: t.plain and t.alone for what is acked without a look at its entry.
local function admit(k, now, kind, batch, t)
  if straight(k, batch, t) then return end
  local s = screen(k, now, kind, batch, t)
  local reply, n, plainly, format, seq = t.reply, #t.reply, t.plain, string.format, t.seq
  local asked, plain, nth = s.asked, {}, 0 -- nth: of asked
  local weighed, overlaps, runs, claims, numbers, tokens, fired = s.weighed, s.overlaps, s.runs, s.claims, s.numbers, s.tokens, s.fired
  local started, starts = {}, 0 -- runs of jobs, and how many
  local jobs, counters = {}, {} -- whose latest attempts are kept, and the numbers of their runs if a ticker has said them
  local since = format('%d', seq) -- no entry has a number between this and those of this batch
  local mine, latest, active, two, text, last = {}, {}, {}, nil, nil, nil
  if #asked > 0 then
    local newest
    two, newest = backlog(k)
    active = underway(k, asked)
    if s.least <= newest then latest = redis.pcall('HMGET', k.board .. ':latest', unpack(asked)) end
  end
  local d = {lines = {}, kept = {}, ended = {}, texts = {}, counted = {}, over = {}, waiting = {}}

  for i, raw in ipairs(batch) do
    local e, overlap, by = weighed[i], overlaps[i], nil
    local deny = e and (e.cancelled and 'cancelled' or e.expired and 'expired')
    if e and e.foreign then d.counted.queued = (d.counted.queued or 0) + 1 end
    if overlap then
      local counts, run, name = e and e.counts or plain, runs[i], claims[i]
      local again = counts.try or counts.lost
      nth = nth + 1
      by = active[nth] or mine[name]
      if nth == 1 or latest[nth] ~= text then -- jobs that were taken together have the same
        text = latest[nth]
        last = tonumber(text or 0) or 0
      end
      if by and (by ~= run or fired[i]) and not counts.force then -- what is fired comes back with a try only
        deny = (counts.catchup or again) and 'wait' or overlap == 'forbid' and 'collapsed' or 'blocked'
      elseif not by and overlap == 'forbid' and numbers[i] < last and not (again or counts.force or counts.catchup) then
        deny, by = 'collapsed', redis.call('HGET', k.busy, name) or ''
      elseif not by or by == run then
        mine[name] = run
        starts = starts + 1
        started[2 * starts - 1], started[2 * starts] = name, run
        if not (fired[i] and numbers[i] > two) then jobs[#jobs + 1], counters[#counters + 1] = name, fired[i] and numbers[i] or 0 end
      end
    end
    if deny then
      dismiss(k, now, kind, e or {run = runs[i], counts = plain, text = raw, overlap = overlap, claim = claims[i]}, deny, by, d)
    else
      local own, try = format(tokens[i] or plainly, seq), e and e.counts.try
      if try then
        own = try .. string.sub(own, 2)
        t.tries = t.tries .. ' ' .. seq .. '=' .. try
      end
      reply[n + 1], reply[n + 2], n, seq = own, e and e.text or raw, n + 2, seq + 1
    end
  end
  t.seq, t.room = seq, t.room - (seq - t.seq)
  hashed(k.busy, started)
  begun(k, jobs, counters, since)
  dismissed(k, now, d)
end
