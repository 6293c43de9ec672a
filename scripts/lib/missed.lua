-- @include quote
-- @include numeral
-- The ledger's lines for nominal times of a job that made no run: their first, how
-- many, and why. They are all those from the first on that lie before `before`, which
-- may be nil. who decided it, and since when the ticker ticks that passed them over,
-- are written if they are known. Adds to lines.
local function missed(lines, now, id, first, count, reason, before, who, ticker)
  lines[#lines + 1] = id .. string.format('@%.0f', math.floor(first * 1000 + 0.5))
  lines[#lines + 1] = string.format('{"outcome":"missed","at":%.3f,"count":%.0f,"reason":%s', now, count, quote(reason))
    .. (before and ',"before":' .. numeral(before) or '') .. (type(who) == 'string' and who ~= '' and ',"by":' .. quote(who) or '')
    .. (ticker and ',"ticker":' .. numeral(ticker) or '') .. '}'
end
