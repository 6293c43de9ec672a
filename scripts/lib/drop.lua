-- @include was
-- @include leave
-- Takes jobs, at most 1,000, off board and schedule, at a stamp; their texts (false: of one
-- that was not there) are kept unless they are longer than most. What says that an attempt
-- of one still runs stays until that attempt ends.
local function drop(k, ids, texts, at, most)
  if #ids == 0 then return end
  local names, idle = {}, {}
  for i, id in ipairs(ids) do names[i] = 'job:' .. id end
  redis.call('ZREM', k.schedule, unpack(ids))
  redis.call('HDEL', k.board, unpack(ids))
  leave(k)
  redis.call('HDEL', k.paused, unpack(names))
  for i, last in ipairs(redis.call('HMGET', k.active, unpack(ids))) do
    if last and not string.find(last, ' ', 1, true) then idle[#idle + 1] = ids[i] end
  end
  if #idle > 0 then redis.call('HDEL', k.active, unpack(idle)) end
  for i, id in ipairs(ids) do
    if texts[i] then was(k, id, at, texts[i], true, most) end
  end
end
