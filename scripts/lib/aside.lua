-- @include block
-- Queues a nominal time of a job whose active run, by, has to end first.
local function aside(s, m, id, at, text, by)
  local run = id .. string.format('@%.0f.%.0f', math.floor(at * 1000 + 0.5), s.seq)
  s.collapsed = s.collapsed + block(s.k, s.now, m.overlap, id, run, text, by, s.lines)
end
