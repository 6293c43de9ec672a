-- @include weigh
-- Looks at the entries popped from a queue. Of most a glance tells that they are free to start: they
-- were queued after all cancels and allow overlap. The others are answered by their place
-- in the batch: those with more in their head are weighed; of those that mind overlap it
-- tells how, their runs and numbers, whether a ticker has said so, and in whose names to ask for runs under way; least is
-- the lowest number, 0 when another than a ticker has spoken. Of all but the plain ones it says how their tokens are made.
local function screen(k, now, kind, batch, t)
  local first, sub, look, asks, marked, seq = t.popped, string.sub, t.glance, 0, t.marked, t.seq
  local tokens, weighed, overlaps, runs, numbers, fired, claims, asked, least = {}, {}, {}, {}, {}, {}, {}, {}, math.huge
  for i, raw in ipairs(batch) do
    local queued = marked and string.match(raw, '"queued":([%d.]+)')
    local overlap, close, at, nth, simple
    if not (marked and not (queued and tonumber(queued) > marked)) then overlap, close, at, nth, simple = look(raw) end
    if overlap ~= 'plain' then
      local known = simple ~= nil and nth < seq
      tokens[i], fired[i] = simple and t.alone or t.token, known
      if overlap and overlap ~= 'allow' then
        overlaps[i], runs[i], claims[i], numbers[i] = overlap, sub(raw, 9, close - 1), sub(raw, 9, at - 1), nth
      elseif not overlap then
        t.popped = first + i
        local e = weigh(k, now, kind, raw, t.read, t)
        weighed[i] = e
        overlaps[i], runs[i], claims[i] = e.overlap, e.run, e.claim
        numbers[i] = e.overlap and tonumber(e.counts.seq or string.match(e.run, '%.(%d+)$') or 0)
      end
      if overlaps[i] then
        asks = asks + 1
        asked[asks] = claims[i]
        local sure = known and numbers[i] or 0
        if sure < least then least = sure end
      end
    end
  end
  t.popped = first + #batch
  return {least = least, tokens = tokens, weighed = weighed, overlaps = overlaps, runs = runs, numbers = numbers,
    fired = fired, claims = claims, asked = asked}
end
