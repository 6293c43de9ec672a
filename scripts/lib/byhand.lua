-- @include twice
-- Keeps that a run that forbids overlap was queued in a list, with a number of the board's counter, and not by firing:
-- of that list is not known any more since when it has such runs (lag). To be called behind the first write.
local function byhand(k, seq, list) twice(k, string.format('%.0f', seq), list, '0 0') end
