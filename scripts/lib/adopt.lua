-- @include quote
-- @include entry
-- Gives an entry that a foreign client pushed a head of ours, with a run id made
-- of its job, the time and two numbers that are not repeated.
local function adopt(now, kind, raw, seq, nth)
  local ok, job = pcall(cjson.decode, raw)
  local good = ok and type(job) == 'table' and string.find(raw, '^%s*{%s*"')
  local id = good and type(job.id) == 'string' and job.id ~= '' and job.id or kind
  local run = string.format('%s#%012x%06x%04x', id, math.floor(now * 1000), seq % 16777216, nth % 65536)
  local rest = good and string.match(raw, '^%s*{%s*(.*)$') or ''
  if good and type(job.runner) ~= 'string' then rest = '"runner":' .. quote(kind) .. ',' .. rest end
  return entry(run, {seq = seq}, string.format('%.3f', now), rest)
end
