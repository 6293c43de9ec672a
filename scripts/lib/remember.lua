-- Keeps an answer for again, also a refusal for what may change; a minute is longer than any client retries.
local function remember(key, op, reply)
  if op ~= '' then redis.call('SET', key, op .. ' ' .. cjson.encode(reply), 'EX', 60) end
  return reply
end
