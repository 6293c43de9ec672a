-- @include weigh
-- Looks at the entries popped from a queue. Of most a glance tells that they are free to start: they
-- were queued after all cancels and allow overlap. The others are answered by their place
-- in the batch: those with more in their head are weighed; of those that mind overlap it
-- tells how, their runs and numbers, whether a ticker has said so, and in whose names to ask for runs under way; least is
-- the lowest number, 0 when another than a ticker has spoken. Of all but the plain ones it says how their tokens are made.
local function screen(k, now, kind, batch, t)
  local first, sub, look, asks = t.popped, string.sub, t.glance, 0
  local s = {some = false, least = math.huge, tokens = {}, weighed = {}, overlaps = {}, runs = {}, numbers = {}, fired = {}, claims = {}, asked = {}}
  for i, raw in ipairs(batch) do
    t.popped = first + i
    local queued = t.marked and string.match(raw, '"queued":([%d.]+)')
    local overlap, close, at, nth, usual
    if not (t.marked and not (queued and tonumber(queued) > t.marked)) then overlap, close, at, nth, usual = look(raw) end
    if overlap ~= 'plain' then
      s.some, s.tokens[i], s.fired[i] = true, usual and t.alone or t.token, usual ~= nil and nth < t.seq
      if overlap and overlap ~= 'allow' then
        s.overlaps[i], s.runs[i], s.claims[i], s.numbers[i] = overlap, sub(raw, 9, close - 1), sub(raw, 9, at - 1), nth
      elseif not overlap then
        local e = weigh(k, now, kind, raw, t.read, t)
        s.weighed[i] = e
        s.overlaps[i], s.runs[i], s.claims[i] = e.overlap, e.run, e.claim
        s.numbers[i] = e.overlap and tonumber(e.counts.seq or string.match(e.run, '%.(%d+)$') or 0)
      end
      if s.overlaps[i] then
        asks = asks + 1
        s.asked[asks] = s.claims[i]
        s.least = math.min(s.least, s.fired[i] and s.numbers[i] or 0)
      end
    end
  end
  return s
end
