-- The plan of a schedule: the line that package calendar wrote, "DB FROM t1 t2 ... ".
-- It holds all times behind FROM until its last, but for those that an item "+N"
-- counts, and ends with ". " when there are no more. plans holds what was read
-- before. Answers "" when there is no line, and the reason when it says that the
-- schedule cannot be read.
local function plan(k, plans, spec)
  local line = plans[spec]
  if not line then
    line = redis.call('HGET', k.plan, spec) or ''
    plans[spec] = line
  end
  if string.sub(line, 1, 2) == '! ' then return '', string.sub(line, 3) end
  return line
end
