-- @include quote
-- Sorts the jobs of a page of the schedule: returns what may fire (index ->
-- meaning, at most room of them), and the ids of those among it with `overlap:
-- forbid`. Entries without a job and unreadable jobs leave the schedule, the latter
-- with a reason. Jobs of types that are not served, or with fields that this
-- version does not know, stay due and are passed over from now on.
local function sift(s, ids, texts, room)
  local jobs, asked, ghosts = {}, {}, {}
  for i, id in ipairs(ids) do
    if room == 0 then break end
    local m, why
    if texts[i] then m, why = s.read(texts[i]) end
    if not texts[i] then
      ghosts[#ghosts + 1] = id
    elseif not m or m.beyond and s.policies then
      if m then s.offset = s.offset + 1 else ghosts[#ghosts + 1] = id end
      s.quarantine(id, why or 'field "' .. m.beyond .. '" needs a newer agent')
    elseif not s.queues[m.runner] or m.beyond then
      s.offset = s.offset + 1
      if not s.queues[m.runner] then s.unserved[m.runner] = true end
    else
      jobs[i] = m
      room = room - 1
      if m.overlap == 'forbid' then asked[#asked + 1] = id end
    end
  end
  if #ghosts > 0 then redis.call('ZREM', s.k.schedule, unpack(ghosts)) end
  return jobs, asked
end
