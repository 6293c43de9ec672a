-- @include jobof
-- @include forget
-- Keeps what attempts printed (kept, see keep): of the last attempt of a run that
-- printed, for as many runs of a job as most(job).outputs says, and within 256 MiB a
-- board, oldest first out. A key that somebody else has overwritten stops nothing.
local function printed(k, now, kept, most)
  local ranks, texts, marks, seen, at = {}, {}, {}, {}, string.format('%.3f', now)
  for i = #kept - 1, 1, -2 do
    local run, open = kept[i], kept.open and kept.open[kept[i]]
    local output, job = kept.outputs[run], jobof(run)
    if not open then ranks[job] = (ranks[job] or 0) + 1 end
    if output and not seen[run] and (open or ranks[job] <= most(job).outputs) then
      local own = texts[job] or {}
      seen[run] = true
      texts[job], own[#own + 1], own[#own + 2] = own, run, output
      marks[#marks + 1], marks[#marks + 2] = at, run
    end
  end
  local bytes, first = 0, 0
  for i = 1, #marks, 1000 do first = first + redis.call('ZADD', k.outputs, unpack(marks, i, math.min(i + 999, #marks))) end
  for job, own in pairs(texts) do
    local key = k.board .. ':output:' .. job
    for i = 1, #own, 2 do
      local old = first == #marks / 2 and 0 or redis.pcall('HSTRLEN', key, own[i]) -- another attempt's
      bytes = bytes + #own[i + 1] - (type(old) == 'number' and old or 0)
    end
    for i = 1, #own, 1000 do
      if type(redis.pcall('HSET', key, unpack(own, i, math.min(i + 999, #own)))) ~= 'number' then
        for j = i, math.min(i + 999, #own), 2 do
          redis.call('ZREM', k.outputs, own[j])
          bytes = bytes - #own[j + 1]
        end
      end
    end
  end
  if #marks > 0 then bytes = redis.call('HINCRBY', k.stats, 'output_bytes', bytes) end
  for _ = 1, 100 do
    local oldest = bytes > 268435456 and redis.call('ZRANGE', k.outputs, 0, 0)[1]
    if not oldest then return end
    bytes = bytes - forget(k, jobof(oldest), {oldest})
  end
end
