-- @include head
-- @include jobof
-- The lane that holds an attempt of a run, or of the only job of that id; nil
-- when nobody does. Looks at every running attempt: for rare commands only.
local function holder(k, target)
  for _, lane in ipairs(redis.call('ZRANGE', k.workers, 0, -1)) do
    local fields = redis.call('HGETALL', k.board .. ':held:' .. lane)
    for i = 1, #fields, 2 do
      local run = string.sub(fields[i], 1, 1) ~= '.' and head(fields[i + 1])
      if run == target or run and jobof(run) == target then return lane end
    end
  end
  return nil
end
