-- @include guard
-- Guards keys of which mostly none exists, with one question to Redis for all. A second
-- value tells that none does.
local function rarely(...)
  local pairs_, names = {...}, {}
  for i = 1, #pairs_, 2 do names[#names + 1] = pairs_[i] end
  if redis.call('EXISTS', unpack(names)) == 0 then return nil, true end
  return guard(...)
end
