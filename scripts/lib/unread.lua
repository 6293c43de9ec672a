-- @include jobof
-- @include keep
-- @include wake
-- @include note
-- @include tally
-- @include quote
-- Ends attempts without a look at their entries: every byte that Lua gets costs. It is for a lane that
-- knows to hold count attempts and for ends, see settle, that are all successes without output, as its caller knows, of runs of which
-- the take has said in the token that no more is needed. When the lane does hold as many, each of
-- its tokens is good. Returns the refused tokens, or false when a look is needed.
local function unread(k, held, now, list, from, count)
  local byte, n = string.byte, 0
  local tokens, kept, jobs, alone = {}, {}, {}, {}
  for at = from, #list, 4 do
    local token, run = list[at], list[at + 1]
    local plain, guards = byte(token, 3, 4)
    if plain ~= 48 then return false end -- 1:0
    n = n + 1
    tokens[n], kept[2 * n - 1], kept[2 * n] = token, run, list[at + 2]
    if guards == 48 then jobs[n] = jobof(run) end -- 1:00
  end
  if n > count or redis.call('HLEN', held) ~= count + 2 then return false end -- .t and .a
  local refused, lines = {}, {}
  local gone = redis.call('HDEL', held, unpack(tokens))
  if gone == 0 then return false end -- it is not as it says
  if gone < n then -- some stand there twice
    local seen, once, of = {}, {}, {}
    for i, token in ipairs(tokens) do
      if seen[token] then
        refused[#refused + 1] = token
        lines[#lines + 1] = kept[2 * i - 1]
        lines[#lines + 1] = string.format('{"outcome":"stale","at":%.3f,"token":%s}', now, quote(token))
      else
        seen[token] = true
        once[#once + 1], once[#once + 2], of[(#once + 2) / 2] = kept[2 * i - 1], kept[2 * i], jobs[i]
      end
    end
    kept, jobs = once, of
    note(k, lines)
  end
  local guarded = 0
  for i = 1, #kept / 2 do
    if jobs[i] then
      guarded = guarded + 1
      alone[guarded] = jobs[i]
    end
  end
  for i = 1, guarded, 1000 do redis.call('HDEL', k.busy, unpack(alone, i, math.min(i + 999, guarded))) end
  wake(k, alone)
  kept.jobs = jobs
  keep(k, now, kept)
  tally(k, {succeeded = n - #refused, stale = #refused})
  return refused
end
