-- @include head
-- @include cancelled
-- @include entry
-- @include release
-- @include requeue
-- @include verdict
-- @include park
-- @include keep
-- @include note
-- @include tally
-- @include quote
-- Ends attempts that one lane holds. items are {token, run, state, code, record,
-- output}; record is the text of a JSON object behind its "state". An item whose
-- token is not held, or not by that run, is stale: refused and recorded. Returns
-- the refused tokens and what became of the others, token -> state.
local function settle(k, held, now, items)
  local tokens = {}
  for i, item in ipairs(items) do tokens[i] = item[1] end
  local entries = redis.call('HMGET', held, unpack(tokens))
  local refused, became, kept, lines, gone, ended, counted = {}, {}, {}, {}, {}, {}, {}
  local cancels = redis.call('EXISTS', k.cancel) == 1
  local progress = redis.call('EXISTS', k.progress) == 1

  for i, item in ipairs(items) do
    local token, run, state = item[1], item[2], item[3]
    local text = not became[token] and entries[i]
    if not text or string.sub(text, 1, #run + 9) ~= '{"run":"' .. run .. '"' and head(text) ~= run then
      refused[#refused + 1] = token
      counted.stale = (counted.stale or 0) + 1
      lines[#lines + 1] = run
      lines[#lines + 1] = string.format('{"outcome":"stale","at":%.3f,"token":%s}', now, quote(token))
    else
      gone[#gone + 1] = token
      local fate = state
      if state == 'queued' then
        local _, queued, rest, counts = head(text)
        counts.try = counts.try or 1
        requeue(k, now, run, entry(run, counts, queued, rest))
        lines[#lines + 1] = run
        lines[#lines + 1] = string.format('{"outcome":"returned","at":%.3f,"token":%s}', now, quote(token))
        fate = 'returned'
      elseif state == 'failed' or state == 'timed_out' then
        local _, queued, rest, counts = head(text)
        local wait
        fate, wait = verdict(text, counts, item[4], tonumber(string.match(token, '^%d+:(%d+)') or 1))
        if fate == 'retrying' and cancels and cancelled(k, run, queued) then fate = 'cancelled' end
        if fate == 'retrying' then
          counts.try = (counts.try or 1) + 1
          park(k, 'retry', now + wait, run, entry(run, counts, queued, rest))
        elseif fate == 'dead' then
          park(k, 'dead', now, run, text)
        end
      end
      became[token] = fate
      counted[fate] = (counted[fate] or 0) + 1
      if fate == 'retrying' then
        kept[#kept + 1] = {run, '{"state":"' .. state .. '","retry":"1",' .. item[5], false, item[6]}
      elseif fate ~= 'returned' then
        ended[#ended + 1] = run
        kept[#kept + 1] = {run, '{"state":"' .. fate .. '",' .. item[5], true, item[6]}
        if cancels then redis.call('ZREM', k.cancel, run) end
      end
      if progress then redis.call('HDEL', k.progress, run) end
    end
  end

  if #gone > 0 then redis.call('HDEL', held, unpack(gone)) end
  release(k, ended)
  if #kept > 0 then keep(k, now, kept) end
  if #lines > 0 then note(k, lines) end
  tally(k, counted)
  return refused, became
end
