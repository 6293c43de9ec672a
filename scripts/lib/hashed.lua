-- Writes fields of a hash, {field, value, ...}; returns how many it did not have. Redis keeps a hash of up to 512
-- short fields as a list and looks for each by passing all before it, so that to write hundreds takes a hundred thousand
-- steps. A value of more than 64 bytes, here one that the same command replaces, makes it a table; which it is
-- until it is empty or read from a dump, and that cannot be seen, so each write makes sure again.
local function hashed(key, fields)
  if #fields == 0 then return 0 end
  local n, from, new = redis.call('HLEN', key), 1, 0
  if n <= 512 and n + #fields / 2 > 64 then
    new = redis.call('HSET', key, fields[1], string.rep('.', 65), unpack(fields, 1, math.min(1000, #fields)))
    from = 1001
  end
  for i = from, #fields, 1000 do new = new + redis.call('HSET', key, unpack(fields, i, math.min(i + 999, #fields))) end
  return new
end
