-- @include was
-- @include anew
-- @include stamp
-- @include moved
-- Writes the metadata of many jobs, and keeps what they had until now. Returns that, job by
-- job, and the mark of the change (stamp).
local function rewrite(k, now, ids, texts)
  local old, all, n = {}, {}, #ids
  for i = 1, n do all[2 * i - 1], all[2 * i] = ids[i], texts[i] end
  for i = 1, n, 1000 do
    local page = redis.call('HMGET', k.board, unpack(ids, i, math.min(i + 999, n)))
    for j = 1, #page do old[i + j - 1] = page[j] end
  end
  for i = 1, 2 * n, 1000 do redis.call('HSET', k.board, unpack(all, i, math.min(i + 999, 2 * n))) end
  if redis.call('EXISTS', k.quarantine) == 1 then
    for i = 1, n, 1000 do redis.call('HDEL', k.quarantine, unpack(ids, i, math.min(i + 999, n))) end
  end
  local mark = stamp(k, now)
  anew(k, ids, old, mark)
  local changed = false
  for i = 1, n do
    if old[i] and old[i] ~= texts[i] then
      was(k, ids[i], mark, old[i])
      changed = true
    end
  end
  if changed then moved(k) end
  return old, mark
end
