-- @include backlog
-- @include underway
-- @include hashed
-- Lets the entries popped from a queue start at once if a glance tells of all that they may: they were queued after all cancels, and
-- allow overlap, or forbid it and were fired when no other run of their job was queued or active, and none is now.
-- Tells whether that is so; if not, nothing has happened. t is the state of the take, see admit.
local function straight(k, batch, t)
  local reply, from, seq, look, marked, asks, asked, starts = t.reply, #t.reply, t.seq, t.glance, t.marked, 0, {}, {}
  local plainly, token, alone, format, sub, bound = t.plain, t.token, t.alone, string.format, string.sub, nil
  local function otherwise()
    for i = #reply, from + 1, -1 do reply[i] = nil end
    return false
  end
  local n = from
  for i = 1, #batch do
    local raw = batch[i]
    local queued = marked and string.match(raw, '"queued":([%d.]+)')
    if marked and not (queued and tonumber(queued) > marked) then return otherwise() end
    local overlap, close, at, nth, simple = look(raw)
    local how = token
    if overlap == 'plain' then
      how = plainly
    elseif overlap ~= 'allow' then
      if simple == nil then return otherwise() end
      if not bound then
        local two, newest = backlog(k)
        bound = math.max(two, newest)
      end
      if nth <= bound or nth >= t.seq then return otherwise() end
      if simple then how = alone end
      local job = sub(raw, 9, at - 1)
      asks = asks + 1
      asked[asks], starts[2 * asks - 1], starts[2 * asks] = job, job, sub(raw, 9, close - 1)
    end
    reply[n + 1], reply[n + 2] = format(how, seq), raw
    n, seq = n + 2, seq + 1
  end
  if asks > 0 then
    for _, run in ipairs(underway(k, asked)) do
      if run then return otherwise() end
    end
    if hashed(k.busy, starts) < asks then -- some are runs of one job
      redis.call('HDEL', k.busy, unpack(asked))
      return otherwise()
    end
  end
  t.seq, t.room, t.popped = seq, t.room - #batch, t.popped + #batch
  return true
end
