-- @include head
-- @include entry
-- @include reader
-- @include jobof
-- @include cancelled
-- @include quote
-- @include record
-- @include keep
-- @include release
-- @include park
-- @include note
-- @include tally
-- Decides which of the entries popped from a queue may start now, numbering them
-- from seq; popped entries came before in this call. Gives a head to entries that
-- a foreign client pushed. Drops, with a record, what was cancelled and what
-- `overlap: forbid` forbids: a job with an attempt or a waiting retry, or an entry
-- older than the job's latest attempt. Forced runs are exempt, and guard the job
-- only when no other run does; what was taken before and catch-up runs wait for
-- their turn.
local function admit(k, now, queue, batch, seq, popped)
  local read, out, lines, kept, counted = reader(), {}, {}, {}, {}
  local cancels = redis.call('EXISTS', k.cancel) == 1
  for i, raw in ipairs(batch) do
    local text, run, queued, rest, counts = raw, head(raw)
    local m
    if not run then
      local ok, job = pcall(cjson.decode, raw)
      local good = ok and type(job) == 'table' and string.find(raw, '^%s*{%s*"')
      local id = good and type(job.id) == 'string' and job.id ~= '' and job.id or string.match(queue, ':queue:(.*)$') or 'unreadable'
      run = string.format('%s#%012x%06x%04x', id, math.floor(now * 1000), seq % 16777216, (popped + i) % 65536)
      queued, counts = string.format('%.3f', now), {seq = seq + #out}
      counted.queued = (counted.queued or 0) + 1
      rest = good and string.match(raw, '^%s*{%s*(.*)$') or ''
      if good and type(job.runner) ~= 'string' then
        rest = '"runner":' .. quote(string.match(queue, ':queue:(.*)$') or 'unreadable') .. ',' .. rest
      end
      text = entry(run, counts, queued, rest)
    end
    local job, deny = jobof(run), nil

    if cancels and cancelled(k, run, queued) then
      deny = 'cancelled'
      redis.call('ZREM', k.cancel, run)
    end
    m = not deny and read('{' .. rest)
    if not deny and not m then
      local runner = string.match(queue, ':queue:(.*)$') or 'unreadable'
      text = entry(run, counts, queued, '"id":' .. quote(job) .. ',"runner":' .. quote(runner)
        .. ',"unreadable":true,"payload":' .. quote(raw) .. '}')
    end
    local retry = counts.try or counts.lost
    if m and m.overlap == 'forbid' then
      local latest, by = string.match(redis.call('HGET', k.active, job) or '', '^(%d+) ?(.*)$')
      local own = tonumber(counts.seq or string.match(run, '%.(%d+)$') or 0)
      if by and by ~= '' and by ~= run and not counts.force then
        deny = (counts.catchup or retry) and 'wait' or 'collapsed'
      elseif by == '' and own < tonumber(latest) and not (retry or counts.force or counts.catchup) then
        deny, by = 'collapsed', ''
      end
      if deny == 'wait' then
        park(k, 'retry', now + 0.25, run, text)
      elseif deny then
        lines[#lines + 1] = run
        lines[#lines + 1] = string.format('{"outcome":"collapsed","at":%.3f,"reason":"overlap","by":%s}', now, quote(by))
      elseif not by or by == '' or by == run then
        redis.call('HSET', k.active, job, string.format('%.0f %s', seq + #out, run))
      end
    end
    if deny == 'cancelled' then
      release(k, run)
      kept[#kept + 1] = {run, record({state = 'cancelled', run = run, queued = tonumber(queued), finished = now,
        attempt = (counts.try or 1) - 1, lost = counts.lost, reason = 'cancelled before it started'}), true}
    end
    if deny then
      counted[deny] = (counted[deny] or 0) + 1
    else
      out[#out + 1] = {seq = seq + #out, try = counts.try or 1, text = text}
    end
  end
  counted.wait = nil
  if #kept > 0 then keep(k, now, kept) end
  if #lines > 0 then note(k, lines) end
  tally(k, counted)
  return out
end
