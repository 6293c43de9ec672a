-- @include quote
-- The ledger's lines for nominal times of a job that made no run: their first, how
-- many, and why. Adds to lines.
local function missed(lines, now, id, first, count, reason)
  lines[#lines + 1] = id .. string.format('@%.0f', math.floor(first * 1000 + 0.5))
  lines[#lines + 1] = string.format('{"outcome":"missed","at":%.3f,"count":%.0f,"reason":%s}', now, count, quote(reason))
end
