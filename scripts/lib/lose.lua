-- @include head
-- @include guard
-- @include entry
-- @include release
-- @include requeue
-- @include park
-- @include record
-- @include keep
-- @include note
-- @include tally
-- @include quote
-- @include follow
-- @include call
-- @include free
-- @include hush
-- @include limits
-- Takes at most limit runs from a lane whose lease is over: each is queued
-- again, or ends when its losses are spent or its job wants to run at most once.
-- A lane that holds nothing more loses its lease; its key goes within the hour,
-- for a replay may still ask for it. Where only is given, a set of tokens, it is those and the lease stays.
local function lose(k, lane, now, limit, maxlost, only)
  local held = k.board .. ':held:' .. lane
  if guard(held, 'hash') then
    redis.call('ZREM', k.workers, lane)
    return 0
  end
  local fields, n, whole, lines, kept, counted, ended = redis.call('HGETALL', held), 0, true, {}, {}, {}, {}
  local over, silent, texts = {}, {}, {}
  for i = 1, #fields, 2 do
    local token, text = fields[i], fields[i + 1]
    if string.sub(token, 1, 1) ~= '.' and (not only or only[token]) then
      if n == limit then
        whole = false
        break
      end
      n = n + 1
      redis.call('HDEL', held, token)
      local run, queued, rest, counts = head(text)
      lines[#lines + 1] = run or token
      lines[#lines + 1] = string.format('{"outcome":"lost","at":%.3f,"token":%s,"by":%s}', now, quote(token), quote(lane))
      counted.lost = (counted.lost or 0) + 1
      if run then
        counts.try = (counts.try or 1) + 1
        counts.lost = (counts.lost or 0) + 1
        redis.call('HDEL', k.progress, run)
        silent[#silent + 1] = run
        local ok, job = pcall(cjson.decode, text)
        job = ok and type(job) == 'table' and job or {}
        if job.on_lost == 'fail' or counts.lost >= maxlost then
          local state = job.on_lost == 'fail' and 'failed' or 'dead'
          counted[state] = (counted[state] or 0) + 1
          ended[#ended + 1] = run
          texts[#texts + 1] = text
          if k.flows then over[#over + 1] = {run, text, state} end
          if counts.unique then free(k, run, text) end
          redis.call('ZREM', k.cancel, run)
          if state == 'dead' then park(k, 'dead', now, run, entry(run, counts, queued, rest)) end
          limits(kept, run, text)
          kept[#kept + 1] = run
          kept[#kept + 1] = record({state = state, run = run, queued = tonumber(queued), finished = now,
            runner = type(job.runner) == 'string' and job.runner, attempt = counts.try - 1, lost = counts.lost, missed = counts.missed, due = counts.due and counts.due / 1000, agent = lane,
            reason = 'lease lost ' .. counts.lost .. ' times'})
          counted.queued = (counted.queued or 0) + call(k, now, text, kept[#kept])
        else
          requeue(k, now, run, entry(run, counts, queued, rest))
        end
      end
    end
  end
  hush(k, silent)
  release(k, ended, texts)
  if whole and not only then
    redis.call('ZREM', k.workers, lane)
    redis.call('EXPIRE', held, 3600)
  end
  if #kept > 0 then keep(k, now, kept) end
  if #lines > 0 then note(k, lines) end
  tally(k, counted)
  if #over > 0 then follow(k, now, over) end
  return n
end
