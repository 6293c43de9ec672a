-- @include record
-- @include limits
-- @include park
-- @include quote
-- @include block
-- @include free
-- What becomes of an entry that was popped and may not start: deny says why, by which run is in its way. What waits for
-- its turn or for that run is set aside; of the rest d collects what dismissed writes.
local function dismiss(k, now, kind, e, deny, by, d)
  local lines, counted, counts = d.lines, d.counted, e.counts
  if deny == 'wait' then
    -- Only one of them can start then, so they do not come back all at once.
    d.waiting[e.claim] = (d.waiting[e.claim] or 0) + 1
    park(k, 'retry', now + 0.25 * math.min(d.waiting[e.claim], 40), e.run, e.text)
    return
  end
  if deny == 'blocked' then
    counted.collapsed = (counted.collapsed or 0) + block(k, now, e.overlap, e.claim, e.run, e.text, by, lines)
    return
  end
  local total = deny == 'expired' and 'cancelled' or deny
  counted[total] = (counted[total] or 0) + 1
  if k.flows then d.over[#d.over + 1] = {e.run, e.text, deny} end
  if counts.unique then free(k, e.run, e.text) end
  if deny ~= 'cancelled' then lines[#lines + 1] = e.run end
  if deny == 'expired' then
    lines[#lines + 1] = string.format('{"outcome":"expired","at":%.3f,"reason":"ttl"}', now)
  elseif deny == 'collapsed' then
    lines[#lines + 1] = string.format('{"outcome":"collapsed","at":%.3f,"reason":"overlap","by":%s%s}', now, quote(by),
      counts.missed and string.format(',"missed":%.0f', counts.missed) or '')
  end
  if total == 'cancelled' then
    redis.call('ZREM', k.cancel, e.run)
    d.ended[#d.ended + 1], d.texts[#d.texts + 1] = e.run, e.text
    limits(d.kept, e.run, e.text)
    d.kept[#d.kept + 1] = e.run
    d.kept[#d.kept + 1] = record({state = 'cancelled', run = e.run, runner = kind, queued = tonumber(e.queued), finished = now,
      attempt = (counts.try or 1) - 1, lost = counts.lost, missed = counts.missed, due = counts.due and counts.due / 1000,
      reason = deny == 'expired' and 'expired: waited longer than its ttl' or 'cancelled before it started'})
  end
end
