-- The first answer to an operation that a client sends again because the reply
-- was lost, or nil. Each caller has a key of its own and one call under way.
local function again(key, op)
  if op == '' then return nil end
  local last = redis.call('GET', key)
  if not last then return nil end
  local at = string.find(last, ' ', 1, true)
  if at and string.sub(last, 1, at - 1) == op then return cjson.decode(string.sub(last, at + 1)) end
  return nil
end
