-- The answer to a take that is sent again: what it took, as far as it is still held, each under one of three tokens.
-- last is "op lease nth", and when it took something "first n:MS:LANE", the numbers of
-- its tokens and what stands behind them, and "seq=try" of each that was no first try.
local function retake(held, last)
  local reply, tokens = {}, {}
  local first, n, suffix, others = string.match(last, '^%S+ %S+ %d+ (%d+) (%d+)(:%S+)(.*)$')
  for seq = tonumber(first or 1), tonumber(first or 1) + tonumber(n or 0) - 1 do
    local try = string.match(others, string.format(' %.0f=(%%d+)', seq)) or 1
    tokens[#tokens + 1] = string.format('%s:%.0f%s', try, seq, suffix)
    tokens[#tokens + 1] = string.format('%s:0%.0f%s', try, seq, suffix)
    tokens[#tokens + 1] = string.format('%s:00%.0f%s', try, seq, suffix)
  end
  local texts = #tokens > 0 and redis.call('HMGET', held, unpack(tokens)) or {}
  for i = 1, #texts, 3 do
    local at = texts[i + 1] and i + 1 or texts[i + 2] and i + 2 or i
    reply[#reply + 1], reply[#reply + 2] = tokens[at], texts[at] or ''
  end
  return reply
end
