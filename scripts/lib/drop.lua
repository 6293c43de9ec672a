-- @include was
-- @include leave
-- Takes jobs, at most 1,000, off board and schedule, at a stamp; their texts (false: of one
-- that was not there) are kept unless they are longer than most. What says that a run
-- of one is active stays until that has ended.
local function drop(k, ids, texts, at, most)
  if #ids == 0 then return end
  local names = {}
  for i, id in ipairs(ids) do names[i] = 'job:' .. id end
  redis.call('ZREM', k.schedule, unpack(ids))
  redis.call('HDEL', k.board, unpack(ids))
  leave(k)
  redis.call('HDEL', k.paused, unpack(names))
  redis.pcall('HDEL', k.board .. ':latest', unpack(ids))
  for i, id in ipairs(ids) do
    if texts[i] then was(k, id, at, texts[i], true, most) end
  end
end
