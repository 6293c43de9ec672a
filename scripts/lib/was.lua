-- Keeps the metadata that a job had until now, when another text takes its place or the
-- job leaves the board (gone), for those who look at a run of before: a line says until
-- when and until which number of the board's counter (stamp) it held. Behind the last 20,
-- of which long ones are fewer, a line without a text says that what was before is not
-- kept; so does one in place of a text that is longer than most. To be called behind
-- the first write: Redis lets a command that has begun go on when its memory is full.
local function was(k, id, at, text, gone, most)
  local key, line = k.board .. ':was:' .. id, at
  if text and #text <= (most or 65536) then line = at .. ' ' .. text end
  local length = redis.pcall('LPUSH', key, line)
  if type(length) ~= 'number' then return end -- somebody else has overwritten it
  if length > 2 then
    local room = 1 + math.max(1, math.min(20, math.floor(65536 / #line)))
    if length > room then
      redis.call('LTRIM', key, 0, room - 1)
      redis.call('RPUSH', key, string.match(redis.call('RPOP', key), '^%S+ %S+') or '')
    end
  end
  redis.call('EXPIRE', key, gone and '2592000' or '34560000')
end
