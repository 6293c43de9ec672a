-- Tells before the first write that a key holds something else than the key
-- table says: a WRONGTYPE in the middle of a script loses or doubles runs.
-- Takes pairs key, type; returns nil or an error reply.
local function guard(...)
  local pairs_ = {...}
  for i = 1, #pairs_, 2 do
    local is = redis.call('TYPE', pairs_[i])
    is = is.ok or is
    if is ~= 'none' and is ~= pairs_[i + 1] then
      return redis.error_reply('WRONGTYPE ' .. pairs_[i] .. ' is a ' .. is .. ', not a ' .. pairs_[i + 1])
    end
  end
  return nil
end
