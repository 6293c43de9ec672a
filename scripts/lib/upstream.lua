-- @include meaning
-- Tells what is wrong with the jobs that a job is to follow: one that is not on the
-- board, has 1,000 that follow it, or follows the job itself; then the way is named.
local function upstream(k, id, after)
  for _, parent in ipairs(after) do
    if redis.call('HEXISTS', k.board, parent) == 0 then return 'after names "' .. parent .. '", which is not on the board' end
    local list = redis.call('HGET', k.after, parent)
    if list and select(2, string.gsub(list, '","', '')) >= 999 then return 'after names "' .. parent .. '", which 1,000 jobs follow already' end
  end
  local ways, seen = {}, {}
  for i, parent in ipairs(after) do ways[i] = {parent, id .. ' -> ' .. parent} end
  for i = 1, 10000 do
    local way = ways[i]
    if not way then return nil end
    local text = not seen[way[1]] and redis.call('HGET', k.board, way[1])
    seen[way[1]] = true
    local m = text and meaning(text)
    for _, parent in ipairs(m and m.after or {}) do
      local path = way[2] .. ' -> ' .. parent
      if parent == id then return 'after makes a circle: ' .. path end
      if not seen[parent] then ways[#ways + 1] = {parent, path} end
    end
  end
  return nil
end
