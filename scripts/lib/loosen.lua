-- @include clock
-- @include head
-- @include free
-- Frees what the entries of a queue behind the n newest hold, before they are removed.
-- They are looked at only while some run may hold something.
local function loosen(board, queue, n)
  local k = {board = board}
  local last = tonumber(redis.call('HGET', board .. ':alive', 'unique') or '')
  if not last or last < clock('') then return end
  for from = n, redis.call('LLEN', queue) - 1, 1000 do
    for _, text in ipairs(redis.call('LRANGE', queue, from, from + 999)) do
      if string.find(text, '","unique":', 1, true) then
        local run, _, _, counts = head(text)
        if run and counts.unique then free(k, run, text) end
      end
    end
  end
end
