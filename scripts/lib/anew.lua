-- @include was
-- What was kept of jobs that come to the board now, those of ids without an old text,
-- lasts as long again as that of other jobs. Of a job of which there are runs and
-- nothing was kept, it is said that what was before is not known. On a board that has
-- never queued a run there is nothing to look for.
local function anew(k, ids, old, at)
  if redis.call('EXISTS', k.stats) == 0 then return end
  local names = {}
  for i, id in ipairs(ids) do
    if not old[i] then
      names[#names + 1] = k.board .. ':was:' .. id
      names[#names + 1] = k.board .. ':runs:' .. id
    end
  end
  local any = 0
  for i = 1, #names, 1000 do any = any + redis.call('EXISTS', unpack(names, i, math.min(i + 999, #names))) end
  if any == 0 then return end
  for i, id in ipairs(ids) do
    if not old[i] and redis.call('EXPIRE', k.board .. ':was:' .. id, '34560000') == 0 and redis.call('EXISTS', k.board .. ':runs:' .. id) == 1 then
      was(k, id, at)
    end
  end
end
