-- @include weigh
-- Looks at the entries popped from a queue. Of most a glance tells that they are free to start: they
-- were queued after all cancels and allow overlap. The others are answered by their place
-- in the batch: those with more in their head are weighed; of those that mind overlap it
-- tells how, their runs and numbers, and in whose names to ask for runs under way. Of all but the
-- plain ones it says how their tokens are made.
local function screen(k, now, kind, batch, t)
  local first, sub, look = t.popped, string.sub, t.glance
  local s = {some = false, tokens = {}, weighed = {}, overlaps = {}, runs = {}, numbers = {}, claims = {}, asked = {}}
  for i, raw in ipairs(batch) do
    t.popped = first + i
    local queued = t.marked and string.match(raw, '"queued":([%d.]+)')
    local overlap, close, at, nth, usual
    if not (t.marked and not (queued and tonumber(queued) > t.marked)) then overlap, close, at, nth, usual = look(raw) end
    if overlap ~= 'plain' then
      s.some, s.tokens[i] = true, usual and t.alone or t.token
      if overlap and overlap ~= 'allow' then
        s.overlaps[i], s.runs[i], s.claims[i], s.numbers[i] = overlap, sub(raw, 9, close - 1), sub(raw, 9, at - 1), nth
      elseif not overlap then
        local e = weigh(k, now, kind, raw, t.read, t)
        s.weighed[i] = e
        s.overlaps[i], s.runs[i], s.claims[i] = e.overlap, e.run, e.claim
        s.numbers[i] = e.overlap and tonumber(e.counts.seq or string.match(e.run, '%.(%d+)$') or 0)
      end
      if s.overlaps[i] then s.asked[#s.asked + 1] = s.claims[i] end
    end
  end
  return s
end
