-- The answer to a take that is sent again: what it took, as far as it is still held.
-- last is "op lease", and when it took something "first n:MS:LANE", the numbers of
-- its tokens and what stands behind them, and "seq=try" of each that was no first try.
local function retake(held, last)
  local reply, tokens = {}, {}
  local first, n, suffix, others = string.match(last, '^%S+ %S+ (%d+) (%d+)(:%S+)(.*)$')
  for seq = tonumber(first or 1), tonumber(first or 1) + tonumber(n or 0) - 1 do
    local try = string.match(others, string.format(' %.0f=(%%d+)', seq)) or 1
    tokens[#tokens + 1] = string.format('%s:%.0f%s', try, seq, suffix)
  end
  for i, text in ipairs(#tokens > 0 and redis.call('HMGET', held, unpack(tokens)) or {}) do
    reply[2 * i - 1], reply[2 * i] = tokens[i], text or ''
  end
  return reply
end
