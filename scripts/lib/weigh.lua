-- @include head
-- @include entry
-- @include adopt
-- @include jobof
-- @include claim
-- @include quote
-- @include cancelled
-- What admit needs to know of one entry that is not plainly free to start:
-- {run, job, queued, counts, text, overlap (nil: allowed), claim, cancelled, expired}. An entry without a head gets
-- one; one whose metadata cannot be read is wrapped, so that a worker can fail it.
local function weigh(k, now, kind, raw, read, t)
  local text = raw
  local run, queued, rest, counts = head(raw)
  local foreign = not run
  if foreign then
    text = adopt(now, kind, raw, t.seq, t.popped)
    run, queued, rest, counts = head(text)
  end
  local e = {run = run, job = jobof(run), queued = queued, counts = counts, text = text, foreign = foreign}
  e.cancelled = t.marked and cancelled(k, run, queued)
  e.expired = counts.expires and not counts.try and not counts.lost and now * 1000 >= counts.expires
  if not e.cancelled and not e.expired then
    local m = read(text, #text - #rest + 1)
    e.overlap = m and m.overlap
    e.claim = e.overlap and claim(run, text)
    if counts.alone then e.overlap, e.claim = counts.alone == 1 and 'forbid' or nil, e.job end
    if not m then
      e.text = entry(run, counts, queued, '"id":' .. quote(e.job) .. ',"runner":'
        .. quote(kind) .. ',"unreadable":true,"payload":' .. quote(raw) .. '}')
    end
  end
  return e
end
