-- @include jobof
-- @include runof
-- @include forget
-- Keeps records: all in the history stream, with one XADD, and those of ended
-- runs in the list of their job, newest first, 100 and 30 days unless kept.limits[job]
-- says otherwise. kept is {run, record, run, record, ...}; kept.open[run] says that the
-- run has not ended, kept.outputs[run] what its attempt printed. Output is kept of the last
-- attempt that printed, for the last 20 runs of a job (or its limit)
-- and within 256 MiB a board, oldest first out. A key of a job that somebody else
-- has overwritten stops nothing: the record is in the stream all the same.
local function keep(k, now, kept)
  local lists, open = {}, kept.open or {}
  local usual = {runs = 100, outputs = 20, age = 2592000}
  local function most(job) return kept.limits and kept.limits[job] or usual end
  for i = 1, #kept, 2 do
    if not open[kept[i]] then
      local job = jobof(kept[i])
      local list = lists[job]
      if list then list[#list + 1] = kept[i + 1] else lists[job] = {kept[i + 1]} end
    end
  end
  for i = 1, #kept, 1000 do
    redis.call('XADD', k.history, 'MAXLEN', '~', 4000, '*', unpack(kept, i, math.min(i + 999, #kept)))
  end
  local outputs = redis.call('EXISTS', k.outputs) == 1
  for job, records in pairs(lists) do
    local list, limit = k.board .. ':runs:' .. job, most(job)
    local first = math.max(1, #records - math.min(limit.runs, 1000) + 1)
    local length = redis.pcall('LPUSH', list, unpack(records, first))
    if outputs then
      local older = {}
      for i = 1, first - 1 do older[#older + 1] = runof(records[i]) end
      -- More than what was pushed out only where the job wants fewer runs than before.
      local shrunk = type(length) == 'number' and length > limit.runs + #records
      for _, text in ipairs(redis.pcall('LRANGE', list, limit.outputs, shrunk and limit.outputs + 999 or limit.outputs - 1 + #records)) do older[#older + 1] = runof(text) end
      forget(k, job, older)
    end
    if type(length) == 'number' and length > limit.runs then redis.call('LTRIM', list, 0, limit.runs - 1) end
    redis.call('EXPIRE', list, limit.age)
    for _ = 1, limit ~= usual and type(length) == 'number' and 100 or 0 do
      local oldest = redis.call('LINDEX', list, -1)
      if not oldest or now - (tonumber(string.match(oldest, '"finished":([%d.]+)')) or now) <= limit.age then break end
      redis.call('RPOP', list)
      forget(k, job, {runof(oldest)})
    end
  end

  if not kept.outputs then return end
  local ranks, bytes = {}, 0
  for i = #kept - 1, 1, -2 do
    local run, output = kept[i], kept.outputs[kept[i]]
    local job = jobof(run)
    local texts = k.board .. ':output:' .. job
    if not open[run] then ranks[job] = (ranks[job] or 0) + 1 end
    if output and (open[run] or ranks[job] <= most(job).outputs) then
      local old = redis.pcall('HSTRLEN', texts, run)
      if type(old) == 'number' then
        redis.call('HSET', texts, run, output)
        redis.call('ZADD', k.outputs, string.format('%.3f', now), run)
        bytes = redis.call('HINCRBY', k.stats, 'output_bytes', #output - old)
      end
    end
  end
  for _ = 1, 100 do
    local oldest = bytes > 268435456 and redis.call('ZRANGE', k.outputs, 0, 0)[1]
    if not oldest then return end
    bytes = bytes - forget(k, jobof(oldest), {oldest})
  end
end
