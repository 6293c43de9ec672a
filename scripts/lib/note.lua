-- Writes what made no run, and what happened to attempts besides their end, to
-- the ledger: field (run or nominal identity), JSON text, field, text...
local function note(k, lines)
  for i = 1, #lines, 1000 do
    redis.call('XADD', k.ledger, 'MAXLEN', '~', 10000, '*', unpack(lines, i, math.min(i + 999, #lines)))
  end
end
