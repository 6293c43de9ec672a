-- @include quote
-- @include pause
-- @include resume
-- @include blame
-- Sorts the jobs of a page of the schedule: returns what may fire (index ->
-- meaning, at most room of them), and the ids of those among it that
-- do not allow overlap. Entries without a job, paused and unreadable jobs leave the schedule, the
-- last with a reason; a job whose pause is over gets a new place in it. Jobs of types that are not served, or with
-- fields that 2014 did not know if it is a ticker of 2014, stay due and are passed over from now on.
-- Runs for all hosts overlap on each host for itself, and so only a take can tell.
local function sift(s, ids, texts, room)
  local jobs, asked, ghosts, pauses = {}, {}, {}, {}
  if s.pauses then
    local names = {}
    for i, id in ipairs(ids) do names[i] = 'job:' .. id end
    pauses = redis.call('HMGET', s.k.paused, unpack(names))
  end
  for i, id in ipairs(ids) do
    if room == 0 then break end
    local m, why
    if texts[i] then m, why = s.read(texts[i]) end
    local p = pauses[i] and pause(s.k, 'job:' .. id)
    if p and texts[i] and p.ends and p.ends <= s.now then
      local coming, count, first = resume(s.k, id, p, s.now, m, false, texts[i])
      s.passed = s.passed + 1
      if count > 0 then s.missed(id, first, count, blame(p), coming or s.now, p.who) end
    elseif not texts[i] or p or s.policies and m and m.timeless then
      ghosts[#ghosts + 1] = id
      if m and m.reboot then redis.call('HSET', s.k.reboot, id, 1) end
    elseif not m then
      ghosts[#ghosts + 1] = id
      s.quarantine(id, why)
    elseif not s.queues[m.runner] or m.beyond and not s.policies then
      s.offset = s.offset + 1
      if not s.queues[m.runner] then s.unserved[m.runner] = true end
    else
      jobs[i] = m
      room = room - 1
      if m.overlap and m.hosts ~= 'all' then asked[#asked + 1] = id end
    end
  end
  if #ghosts > 0 then redis.call('ZREM', s.k.schedule, unpack(ghosts)) end
  return jobs, asked
end
