-- @include weigh
-- @include reader
-- @include record
-- @include keep
-- @include limits
-- @include release
-- @include park
-- @include note
-- @include tally
-- @include quote
-- @include plainly
-- @include block
-- @include free
-- @include follow
-- Lets the entries popped from a queue start, or not. Most are plainly free: they
-- have a head of ours and no word of forbid, and were queued after all cancels. The others
-- are weighed. Dropped, with a record, is what was cancelled or has expired and what `overlap:
-- forbid` forbids: a job with an attempt or a waiting retry, or an entry older than
-- the job's latest attempt. Forced runs are exempt, and guard the job only when no
-- other run does; what was taken before and catch-up runs wait for their turn.
-- t is the state of the take: seq and popped count on, tries and reply grow.
local function admit(k, now, kind, batch, t)
  local weighed, asked, latest = {}, {}, {}
  for i, raw in ipairs(batch) do
    t.popped = t.popped + 1
    local queued = t.marked and string.match(raw, '"queued":([%d.]+)')
    if t.marked and not (queued and tonumber(queued) > t.marked) or not plainly(raw) then
      local e = weigh(k, now, kind, raw, t.read, t)
      weighed[i] = e
      if e.overlap then asked[#asked + 1] = e.claim end
    end
  end
  for from = 1, #asked, 1000 do
    local to = math.min(from + 999, #asked)
    for i, value in ipairs(redis.call('HMGET', k.active, unpack(asked, from, to))) do latest[asked[from + i - 1]] = value or nil end
  end

  local lines, kept, ended, started, counted, over, waiting, texts = {}, {}, {}, {}, {}, {}, {}, {}
  for i, raw in ipairs(batch) do
    local e = weighed[i]
    local deny = e and (e.cancelled and 'cancelled' or e.expired and 'expired')
    if e and e.foreign then counted.queued = (counted.queued or 0) + 1 end
    if e and e.overlap then
      local counts, seq, by = e.counts, string.match(latest[e.claim] or '', '^(%d+) ?(.*)$')
      local again = counts.try or counts.lost
      if by and by ~= '' and by ~= e.run and not counts.force then
        deny = (counts.catchup or again) and 'wait' or e.overlap == 'forbid' and 'collapsed' or 'blocked'
      elseif by == '' and e.overlap == 'forbid' and not (again or counts.force or counts.catchup)
        and tonumber(counts.seq or string.match(e.run, '%.(%d+)$') or 0) < tonumber(seq) then
        deny = 'collapsed'
      elseif not by or by == '' or by == e.run then
        latest[e.claim] = string.format('%.0f %s', t.seq, e.run)
        started[#started + 1] = e.claim
        started[#started + 1] = latest[e.claim]
      end
      if deny == 'wait' then
        -- Only one of them can start then, so they do not come back all at once.
        waiting[e.claim] = (waiting[e.claim] or 0) + 1
        park(k, 'retry', now + 0.25 * math.min(waiting[e.claim], 40), e.run, e.text)
      elseif deny == 'blocked' then
        counted.collapsed = (counted.collapsed or 0) + block(k, now, e.overlap, e.claim, e.run, e.text, by, lines)
      elseif deny then
        lines[#lines + 1] = e.run
        lines[#lines + 1] = string.format('{"outcome":"collapsed","at":%.3f,"reason":"overlap","by":%s%s}', now, quote(by),
          counts.missed and string.format(',"missed":%.0f', counts.missed) or '')
      end
    end
    if not deny then
      local try = e and e.counts.try or 1
      local token = try .. ':' .. t.seq .. t.suffix
      if try ~= 1 then t.tries = t.tries .. ' ' .. t.seq .. '=' .. try end
      t.seq, t.room = t.seq + 1, t.room - 1
      t.reply[#t.reply + 1] = token
      t.reply[#t.reply + 1] = e and e.text or raw
    else
      local total = deny == 'expired' and 'cancelled' or deny
      if deny ~= 'wait' and deny ~= 'blocked' then counted[total] = (counted[total] or 0) + 1 end
      if k.flows and deny ~= 'wait' and deny ~= 'blocked' then over[#over + 1] = {e.run, e.text, deny} end
      if deny ~= 'wait' and deny ~= 'blocked' and e.counts.unique then free(k, e.run, e.text) end
      if deny == 'expired' then
        lines[#lines + 1] = e.run
        lines[#lines + 1] = string.format('{"outcome":"expired","at":%.3f,"reason":"ttl"}', now)
      end
      if total == 'cancelled' then
        redis.call('ZREM', k.cancel, e.run)
        ended[#ended + 1] = e.run
        limits(kept, e.run, e.text)
        texts[#texts + 1] = e.text
        kept[#kept + 1] = e.run
        kept[#kept + 1] = record({state = 'cancelled', run = e.run, runner = kind, queued = tonumber(e.queued), finished = now,
          attempt = (e.counts.try or 1) - 1, lost = e.counts.lost, missed = e.counts.missed, due = e.counts.due and e.counts.due / 1000,
          reason = deny == 'expired' and 'expired: waited longer than its ttl' or 'cancelled before it started'})
      end
    end
  end
  for from = 1, #started, 1000 do redis.call('HSET', k.active, unpack(started, from, math.min(from + 999, #started))) end
  release(k, ended, texts)
  if #kept > 0 then keep(k, now, kept) end
  if #lines > 0 then note(k, lines) end
  tally(k, counted)
  if #over > 0 then follow(k, now, over) end
end
