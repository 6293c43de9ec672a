-- @include jobof
-- @include runof
-- @include forget
-- @include printed
-- Keeps records: all in the history stream, with one XADD, and those of ended
-- runs in the list of their job, newest first, 100 and 30 days unless kept.limits[job]
-- says otherwise. kept is {run, record, run, record, ...}; kept.open[run] says that the
-- run has not ended, kept.outputs[run] what its attempt printed, kept.jobs the job of a
-- pair where it is known. A key of a job that
-- somebody else has overwritten stops nothing: the record is in the stream all the same.
local function keep(k, now, kept)
  local lists, many, jobs = {}, {}, kept.jobs or {}
  local open = kept.open and next(kept.open) and kept.open
  local usual = {runs = 100, outputs = 20, age = 2592000}
  local function most(job) return kept.limits and kept.limits[job] or usual end
  for i = 1, #kept, 2 do
    if not (open and open[kept[i]]) then
      local job = jobs[(i + 1) / 2] or jobof(kept[i])
      local list = many[job]
      if list then list[#list + 1] = kept[i + 1]
      elseif lists[job] then many[job] = {lists[job], kept[i + 1]}
      else lists[job] = kept[i + 1] end -- most have one
    end
  end
  for i = 1, #kept, 1000 do
    redis.call('XADD', k.history, 'MAXLEN', '~', 4000, '*', unpack(kept, i, math.min(i + 999, #kept)))
  end
  local outputs = redis.call('EXISTS', k.outputs) == 1
  for job, records in pairs(lists) do
    local list, limit = k.board .. ':runs:' .. job, most(job)
    local first, length = 1
    if many[job] then
      records = many[job]
      first = math.max(1, #records - math.min(limit.runs, 1000) + 1)
      length = redis.pcall('LPUSH', list, unpack(records, first))
    else
      length, records = redis.pcall('LPUSH', list, records), outputs and {records}
    end
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
  if kept.outputs then printed(k, now, kept, most) end
end
