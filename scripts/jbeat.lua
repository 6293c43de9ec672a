-- JBEAT: tells the board that an agent lives.
-- Agents not heard of for `forget` seconds are taken off the list.
-- KEYS: prefix format
-- ARGV: now name description format forget
-- Returns: {number of agents listed, 1 if this one is paused else 0}
-- Errors: INVALID, WRONGTYPE, FORMAT
-- `description` is the text of a JSON object, kept behind `{"seen":TIME,`; an empty
-- one takes the agent off. FORMAT when the board was written by a newer program.
-- @include keys
-- @include clock
-- @include finite
-- @include guard
-- @include paused
-- @include regardless
local k, own = keys()
local now, name, text, format, forget = clock(ARGV[1] or 'absent'), ARGV[2], ARGV[3], finite(ARGV[4]), finite(ARGV[5])
if not own or not now or not format or not forget or name == '' or text ~= '' and not string.find(text, '^{".*}$') then
  return redis.error_reply('INVALID now, name, description, format and forget are needed')
end
local wrong = guard(k.agents, 'hash', own, 'string', k.paused, 'hash')
if wrong then return wrong end
local stored = finite(redis.call('GET', own))
if stored and stored > format then
  return redis.error_reply('FORMAT the board has format ' .. stored .. ', this program knows ' .. format .. ': install a newer one')
end
regardless('HDEL', k.agents)
if not stored or stored < format then redis.call('SET', own, format) end
if text == '' then
  redis.call('HDEL', k.agents, name)
else
  redis.call('HSET', k.agents, name, string.format('{"seen":%.3f,', now) .. string.sub(text, 2))
end
local all = redis.call('HGETALL', k.agents)
for i = 1, #all, 2 do
  local seen = tonumber(string.match(all[i + 1], '^{"seen":([%d.]+)') or 0)
  if now - seen > forget then redis.call('HDEL', k.agents, all[i]) end
end
return {redis.call('HLEN', k.agents), paused(k, 'agent:' .. name, now) and 1 or 0}
