-- @include head
-- The parts of an entry that is held: when it was queued, the metadata and the counts of its head. The
-- head of one that somebody has pushed as it is may be false; it has no counts then.
local function apart(text)
  local _, queued, metadata, counts = head(text)
  if counts then return queued, metadata, counts end
  local at
  queued, at = string.match(text, '"queued":([%d.]+),()')
  return queued or '0', string.sub(text, at or 2), {}
end
