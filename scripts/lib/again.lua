-- @include outrun
-- The first answer to an operation that a client sends again because the reply
-- was lost, or nil. Each caller has a key of its own and one call under way. What
-- comes when the caller has gone on is refused. A refusal is its own first value,
-- since most commands answer that alone.
local function again(key, op)
  if op == '' then return nil end
  local last = redis.call('GET', key)
  if not last then return nil end
  local before, answer = string.match(last, '^(%S+) (.*)$')
  local reply = before == op and cjson.decode(answer) or outrun(op, before)
  if reply and reply.err then reply[1] = reply end
  return reply
end
