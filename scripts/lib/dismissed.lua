-- @include release
-- @include keep
-- @include note
-- @include tally
-- @include follow
-- Writes what was collected of all that may not start.
local function dismissed(k, now, d)
  release(k, d.ended, d.texts)
  if #d.kept > 0 then keep(k, now, d.kept) end
  if #d.lines > 0 then note(k, d.lines) end
  tally(k, d.counted)
  if #d.over > 0 then follow(k, now, d.over) end
end
