-- @include finite
-- Reads what JENQUEUE is asked for: of each run its id and text, the numbers at, ttl and span, and
-- the keys that say who holds its id (known) and its unique key (held); besides, key ->
-- run of those that are held. Checks all; a third value is an error.
local function conditions(k, runner)
  local asked, holders = {}, {}
  for i = 3, #ARGV, 7 do
    local a = {run = ARGV[i], text = ARGV[i + 1], at = ARGV[i + 2], ttl = ARGV[i + 3], id = ARGV[i + 4], unique = ARGV[i + 5], span = ARGV[i + 6]}
    local ok, job = pcall(cjson.decode, a.text)
    if string.sub(a.run, 1, #runner + 1) ~= runner .. '#' or not string.find(string.sub(a.run, #runner + 2), '^%x+$') then
      return nil, nil, redis.error_reply('INVALID run id ' .. a.run)
    end
    if not ok or type(job) ~= 'table' or type(job.runner) ~= 'string' or string.sub(a.text, 1, 2) ~= '{"' then
      return nil, nil, redis.error_reply('INVALID metadata of ' .. a.run .. ' is not a JSON object with a runner')
    end
    for _, name in ipairs({'at', 'ttl', 'span'}) do
      local n = finite(a[name])
      if a[name] ~= '' and (not n or n <= 0 or n > 1e11) then
        return nil, nil, redis.error_reply('INVALID ' .. name .. ' of ' .. a.run .. ': ' .. a[name])
      end
      a[name] = n
    end
    a.span = a.span or 86400
    if a.span > 86400 then return nil, nil, redis.error_reply('INVALID unique_for of ' .. a.run .. ' is above 86400') end
    if a.id ~= '' then a.known = k.board .. ':id:' .. runner .. ' ' .. a.id end
    if a.unique ~= '' then a.held = k.board .. ':unique:' .. runner .. ' ' .. a.unique end
    for _, key in pairs({known = a.known, held = a.held}) do
      local by = redis.pcall('GET', key)
      if type(by) == 'table' then return nil, nil, redis.error_reply('WRONGTYPE ' .. key .. ' is not a string') end
      holders[key] = by or nil
    end
    asked[#asked + 1] = a
  end
  return asked, holders
end
