-- How many takes, or acks, of a lane were carried out until now: the number that stands as that word in what it
-- remembers of the last one.
local function nth(last, word)
  return tonumber(string.match(last or '', '^' .. string.rep('%S+ ', word - 1) .. '(%d+)') or 0)
end
