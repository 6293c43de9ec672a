-- @include guard
-- @include kindof
-- @include listof
-- Checks the pairs of queue and bell in KEYS from an index on, and tells whether runs of
-- high or low priority wait for any of the types: then a take minds the ranks. That is
-- one question to Redis where nobody uses priorities. A second value is an error.
local function ranked(k, from)
  local others = {}
  for i = from, #KEYS do
    local wrong = guard(KEYS[i], 'list')
    if wrong then return false, wrong end
  end
  for i = from, #KEYS, 2 do
    local kind, on = kindof(k, KEYS[i])
    if not on then
      others[#others + 1] = listof(k, kind, 'high')
      others[#others + 1] = listof(k, kind, 'low')
    end
  end
  if #others == 0 or redis.call('EXISTS', unpack(others)) == 0 then return false end
  for i = 1, #others do
    local wrong = guard(others[i], 'list')
    if wrong then return false, wrong end
  end
  return true, guard(k.board .. ':turns', 'hash')
end
