-- @include jobof
-- Lets go of what a run that has ended holds, by its entry: its unique key at once,
-- its id after a day. What another run holds meanwhile, or somebody else has overwritten,
-- stays. Ask only when the head says `unique`.
local function free(k, run, text)
  local ok, job = pcall(cjson.decode, text)
  if not ok or type(job) ~= 'table' then return end
  local kind = jobof(run)
  for field, name in pairs({unique_key = ':unique:', enqueue_id = ':id:'}) do
    local key = type(job[field]) == 'string' and k.board .. name .. kind .. ' ' .. job[field]
    if key and redis.pcall('GET', key) == run then
      if field == 'unique_key' then redis.call('DEL', key) else redis.call('EXPIRE', key, 86400) end
    end
  end
end
