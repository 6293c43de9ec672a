-- Hands the bell on after a take that left something behind: it rings again while any
-- of the lists has entries, else it is removed.
local function baton(lists, bell)
  if redis.call('EXISTS', unpack(lists)) == 0 then
    redis.call('DEL', bell)
  elseif redis.call('EXISTS', bell) == 0 then
    redis.call('LPUSH', bell, 1)
  end
end
