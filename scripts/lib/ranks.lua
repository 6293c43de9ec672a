-- @include listof
-- Serves the lists of a runner type by priority: high first, then normal, then low, but of
-- ten runs that are handed out the fifth is of normal priority and the tenth of low, if
-- such wait, so that none starves. Where the ten stand is kept between takes. Returns
-- nil when only normal ones wait, as it is where nobody uses priorities.
-- pop(room) takes the next entries, gave(n) says how many of them were handed out.
local function ranks(k, runner)
  local high, normal, low = listof(k, runner, 'high'), listof(k, runner), listof(k, runner, 'low')
  local size = {[high] = redis.call('LLEN', high), [normal] = redis.call('LLEN', normal), [low] = redis.call('LLEN', low)}
  if size[high] + size[low] == 0 then return nil end
  local turns = k.board .. ':turns'
  local turn = math.floor(tonumber(redis.call('HGET', turns, runner) or '') or 0) % 10
  local s = {lists = {high, normal, low}}
  function s.pop(room)
    local order, most = s.lists, (turn < 4 and 4 or 9) - turn
    if turn == 4 then order, most = {normal, high, low}, 1
    elseif turn == 9 then order, most = {low, high, normal}, 1 end
    local all = size[high] + size[normal] + size[low]
    for _, list in ipairs(order) do
      if size[list] > 0 then
        local batch = redis.call('RPOP', list, size[list] == all and room or math.min(room, most))
        size[list] = size[list] - #batch
        return batch
      end
    end
  end
  function s.gave(n)
    turn = (turn + n) % 10
    if n > 0 then redis.call('HSET', turns, runner, turn) end
  end
  return s
end
