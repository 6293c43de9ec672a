-- @include head
-- @include jobof
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
-- @include free
-- @include follow
-- @include call
-- @include hush
-- @include limits
-- @include unread
-- Ends attempts that one lane holds. list is {token, run, record, rest, ...} from an
-- index on: record is the text of a JSON object that begins with the state, rest is
-- "" or the exit code, a blank and what the attempt printed. What is not held, or
-- not by that run, is stale: refused and recorded. count is how many attempts the lane knows to hold, false
-- when it may hold others or not all of list are successes without output. Returns the refused tokens and what became of the others,
-- token -> state; not of those that were ended without a look.
local function settle(k, held, now, list, from, count)
  local function exists(key) return not k.calm and redis.call('EXISTS', key) == 1 end
  local cancels, progress, live = exists(k.cancel), exists(k.progress), redis.call('EXISTS', k.board .. ':live') == 1
  local quiet, guarded, done = not (cancels or progress or live or k.flows), redis.call('EXISTS', k.busy) == 1, 0
  local believed = quiet and count and unread(k, held, now, list, from, count)
  if believed then return believed, {} end
  local tokens = {}
  for i = from, #list, 4 do tokens[#tokens + 1] = list[i] end
  local entries = redis.call('HMGET', held, unpack(tokens))
  local refused, became, kept, lines, gone, silent, ended, counted, finals, texts = {}, {}, {open = {}}, {}, {}, {}, {}, {}, {}, {}
  local find, byte = string.find, string.byte
  local ends, n, jobs, alone = 0, 0, {}, {} -- in gone, in kept; of the runs kept, of those ended
  kept.jobs = jobs
  for i, token in ipairs(tokens) do
    local at = from + 4 * i - 4
    local run, story, rest = list[at + 1], list[at + 2], list[at + 3]
    local text = not became[token] and entries[i]
    local same = text and find(text, run, 9, true) == 9 and byte(text, #run + 9) == 34
    local first = same and byte(text, #run + 12) -- letter of what is next in the head
    if same and quiet and rest == '' and byte(story, 11) == 115 and first ~= 117
      and not find(text, 'keep_', #run + 20, true) then -- s of succeeded, u of unique
      became[token], done = 'succeeded', done + 1
      ends, n = ends + 1, n + 2
      gone[ends], kept[n - 1], kept[n] = token, run, story
      local job = jobof(run)
      jobs[n / 2] = job
      if guarded and (first ~= 97 or byte(text, #run + 19) ~= 48) then -- not "alone":0
        ended[#ended + 1], texts[#texts + 1] = run, text
        if first == 97 then alone[#ended] = job end
      end
    elseif not same and (not text or head(text) ~= run) then
      refused[#refused + 1] = token
      counted.stale = (counted.stale or 0) + 1
      lines[#lines + 1] = run
      lines[#lines + 1] = string.format('{"outcome":"stale","at":%.3f,"token":%s}', now, quote(token))
    else
      ends = ends + 1
      gone[ends] = token
      if live then silent[#silent + 1] = run end
      local state, behind = 'succeeded', 22
      if string.find(story, '{"state":"succeeded",', 1, true) ~= 1 then
        state, behind = string.match(story, '^{"state":"([%l_]+)",()')
      end
      local code, output
      if rest ~= '' then code, output = string.match(rest, '^(%-?%d*) (.*)$') end
      local fate = state
      if state == 'queued' then
        local _, queued, metadata, counts = head(text)
        counts.try = counts.try or 1
        requeue(k, now, run, entry(run, counts, queued, metadata))
        lines[#lines + 1] = run
        lines[#lines + 1] = string.format('{"outcome":"returned","at":%.3f,"token":%s}', now, quote(token))
        fate = 'returned'
      elseif state == 'failed' or state == 'timed_out' then
        local _, queued, metadata, counts = head(text)
        local wait
        fate, wait = verdict(text, counts, tonumber(code), tonumber(string.match(token, '^%d+:(%d+)') or 1))
        if fate == 'retrying' and cancels and cancelled(k, run, queued) then fate = 'cancelled' end
        if fate == 'retrying' then
          counts.try = (counts.try or 1) + 1
          park(k, 'retry', now + wait, run, entry(run, counts, queued, metadata))
          story = '{"state":"' .. state .. '","retry":"1",' .. string.sub(story, behind)
          kept.open[run] = true
        elseif fate == 'dead' then
          park(k, 'dead', now, run, text)
        end
      end
      became[token] = fate
      counted[fate] = (counted[fate] or 0) + 1
      if fate ~= 'returned' then
        if string.find(text, '"keep_', #run + 20, true) then limits(kept, run, text) end
        if fate ~= state and fate ~= 'retrying' then story = '{"state":"' .. fate .. '",' .. string.sub(story, behind) end
        n = n + 2
        kept[n - 1], kept[n] = run, story
        if fate == 'failed' or fate == 'dead' then counted.queued = (counted.queued or 0) + call(k, now, text, story) end
        if output and output ~= '' then
          kept.outputs = kept.outputs or {}
          kept.outputs[run] = output
        end
        if fate ~= 'retrying' then
          ended[#ended + 1] = run
          texts[#texts + 1] = text
          if k.flows then finals[#finals + 1] = {run, text, fate, story} end
          if cancels then redis.call('ZREM', k.cancel, run) end
          local unique = first == 117 -- behind a run without escapes
          if not same then unique = select(4, head(text)).unique end
          if unique then free(k, run, text) end
        end
      end
      if progress then redis.call('HDEL', k.progress, run) end
    end
  end

  if #gone > 0 then redis.call('HDEL', held, unpack(gone)) end
  hush(k, silent)
  release(k, ended, texts, alone)
  if #kept > 0 then keep(k, now, kept) end
  if #lines > 0 then note(k, lines) end
  counted.succeeded = (counted.succeeded or 0) + done
  tally(k, counted)
  if #finals > 0 then follow(k, now, finals) end
  return refused, became
end
