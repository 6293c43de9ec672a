-- @include meaning
-- Keeps who follows whom when a job's `after` has changed from before to after (lists,
-- nil: none): in k.after each upstream job has the list of those that follow it, and
-- "\nroot JOB" the one job with which all ways to JOB begin, "" when there are several.
local function relate(k, id, after, before)
  local had, has = {}, {}
  for _, name in ipairs(before or {}) do had[name] = true end
  for _, name in ipairs(after or {}) do has[name] = true end
  local function change(parent, add)
    local ok, old = pcall(cjson.decode, redis.call('HGET', k.after, parent) or '[]')
    local list = {}
    for _, child in ipairs(ok and type(old) == 'table' and old or {}) do
      if child ~= id then list[#list + 1] = child end
    end
    if add then list[#list + 1] = id end
    if #list > 0 then redis.call('HSET', k.after, parent, cjson.encode(list)) else redis.call('HDEL', k.after, parent) end
  end
  local changed = false
  for _, name in ipairs(before or {}) do
    if not has[name] then
      change(name, false)
      changed = true
    end
  end
  for _, name in ipairs(after or {}) do
    if not had[name] then
      change(name, true)
      changed = true
    end
  end
  if not changed then return end

  -- The roots of the job and of all that follow it, at most 1,000.
  local queue, seen = {{id, after}}, {}
  for i = 1, 1000 do
    local job, parents = unpack(queue[i] or {})
    if not job then return end
    local root
    for n, parent in ipairs(parents or {}) do
      local up = redis.call('HGET', k.after, '\nroot ' .. parent)
      up = up and up ~= '' and up or parent
      root = (n == 1 or root == up) and up or ''
    end
    if root then redis.call('HSET', k.after, '\nroot ' .. job, root) else redis.call('HDEL', k.after, '\nroot ' .. job) end
    local ok, list = pcall(cjson.decode, redis.call('HGET', k.after, job) or '[]')
    for _, child in ipairs(ok and type(list) == 'table' and list or {}) do
      local text = not seen[child] and redis.call('HGET', k.board, child)
      local m = text and meaning(text)
      seen[child] = true
      if m and m.after then queue[#queue + 1] = {child, m.after} end
    end
  end
end
