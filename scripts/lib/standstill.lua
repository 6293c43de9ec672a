-- @include pause
-- @include reopen
-- Whether the board is paused; if not, the nominal times to pass over because it
-- was: {from, to}, behind from and up to to, or nil.
local function standstill(k, now)
  local p = pause(k, 'board')
  if p then
    if not p.ends or p.ends > now then return true end
    reopen(k, p, p.ends)
  end
  local from, to = string.match(redis.call('HGET', k.paused, 'gap') or '', '^{"from":([%d.]+),"to":([%d.]+)}$')
  if not from then return false end
  return false, {from = tonumber(from), to = tonumber(to)}
end
