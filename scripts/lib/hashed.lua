-- Writes fields of a hash, {field, value, ...}. Redis keeps a hash of up to 512 short fields as a list and looks for each by
-- passing all before it, so that hundreds would cost it a hundred thousand steps; one field of more than 64 bytes makes it a table, which it then stays.
local function hashed(key, fields)
  if #fields == 0 then return end
  local n = redis.call('HLEN', key)
  if n < 512 and n + #fields / 2 > 64 then
    local long = string.rep('.', 65)
    redis.call('HSET', key, long, '', fields[1], fields[2])
    redis.call('HDEL', key, long)
  end
  for i = 1, #fields, 1000 do redis.call('HSET', key, unpack(fields, i, math.min(i + 999, #fields))) end
end
