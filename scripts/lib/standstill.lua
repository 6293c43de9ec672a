-- @include pause
-- @include reopen
-- Whether the board is paused; if not, the nominal times to pass over because it
-- was: {from, to, who, why}, behind from and up to to, or nil.
local function standstill(k, now)
  local p = pause(k, 'board')
  if p then
    if not p.ends or p.ends > now then return true end
    reopen(k, p, p.ends)
  end
  local text = redis.call('HGET', k.paused, 'gap') or ''
  if not string.find(text, '^{"from":[%d.]+,"to":[%d.]+[,}]') then return false end
  local ok, gap = pcall(cjson.decode, text)
  return false, ok and gap or nil
end
