-- @include reader
-- @include due
-- @include quote
-- @include numeral
-- @include sequence
-- @include drop
-- @include note
-- @include tally
-- Queues what is due, at most limit nominal times, for the runner types in
-- queues (type -> key), page by page and each page in three writes. Returns the
-- number pushed, the score that is due next, whether the limit was reached, a
-- set of types due but not served, and a set of types that got a run.
local function fire(k, now, limit, queues, policies)
  local read, pushed, skipped, offset, scanned = reader(), 0, 0, 0, 0
  local unserved, rung, lines, seq, suffix = {}, {}, {}, nil, nil
  local queued = string.format('%.3f', now)
  local tails, nexts = {}, {}

  local function quarantine(id, why)
    if redis.call('HSETNX', k.quarantine, id, why) == 0 then return end
    lines[#lines + 1] = id
    lines[#lines + 1] = '{"outcome":"quarantined","at":' .. queued .. ',"reason":' .. quote(why) .. '}'
  end
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', k.schedule, '+inf', '+inf', 'LIMIT', 0, 10)) do
    redis.call('ZREM', k.schedule, id)
    quarantine(id, 'its next nominal time was infinite')
  end

  local most = limit * 20 + 100000
  while pushed < limit and scanned < most do
    local page = redis.call('ZRANGEBYSCORE', k.schedule, '-inf', numeral(now), 'WITHSCORES',
      'LIMIT', offset, 500)
    if #page == 0 then break end
    scanned = scanned + #page / 2
    local ids = {}
    for i = 1, #page, 2 do ids[#ids + 1] = page[i] end
    local texts = redis.call('HMGET', k.board, unpack(ids))
    local entries, scores, done, ghosts, asked, active = {}, {}, {}, {}, {}, {}
    local jobs, room = {}, limit - pushed

    for i, id in ipairs(ids) do
      if room == 0 then break end
      local text = texts[i]
      local m, why
      if text then m, why = read(text) end
      if not text then
        ghosts[#ghosts + 1] = id
      elseif not m or m.beyond and policies then
        if m then offset = offset + 1 else ghosts[#ghosts + 1] = id end
        quarantine(id, why or 'field "' .. m.beyond .. '" needs a newer agent')
      elseif not queues[m.runner] or m.beyond then
        offset = offset + 1
        if not queues[m.runner] then unserved[m.runner] = true end
      else
        jobs[i] = m
        room = room - 1
        if m.overlap == 'forbid' then asked[#asked + 1] = id end
      end
    end
    if next(jobs) and not seq then
      seq = sequence(k, 1)
      suffix = string.format('.%.0f","queued":%s,', seq, queued)
    end
    if #asked > 0 then
      local values = redis.call('HMGET', k.active, unpack(asked))
      for i, id in ipairs(asked) do
        active[id] = values[i] and string.match(values[i], ' (.*)$')
      end
    end

    for i, id in ipairs(ids) do
      local m = jobs[i]
      if m and pushed < limit then
        local raw = page[2 * i]
        local score = tonumber(raw)
        if not score or score == -math.huge then score = now end
        local memo = not m.lambda and not m.misfire and not m.misfire_grace and not m.stop and m.interval
        local known = memo and nexts[m] and nexts[m][raw]
        local times, next_, collapsed, first, missed
        if known then
          next_, collapsed, missed = known[1], known[2], 0
        else
          times, next_, collapsed, first, missed = due(m, score, now, policies)
          if next_ then next_ = numeral(next_) end
          if memo then
            nexts[m] = nexts[m] or {}
            nexts[m][raw] = {next_, collapsed}
          end
        end
        if next_ then
          scores[#scores + 1] = next_
          scores[#scores + 1] = id
        else
          done[#done + 1] = id
        end
        local name = id
        if string.find(id, '[%c"\\]') then name = string.sub(quote(id), 2, -2) end
        if missed > 0 then
          lines[#lines + 1] = id .. string.format('@%.0f', math.floor(first * 1000 + 0.5))
          lines[#lines + 1] = '{"outcome":"missed","at":' .. queued .. ',"count":' .. missed
            .. ',"reason":"late by more than misfire allows"}'
        end
        if active[id] and (not times or #times == 1) then
          skipped = skipped + 1
          lines[#lines + 1] = id .. string.format('@%.0f', math.floor(score * 1000 + 0.5))
          lines[#lines + 1] = '{"outcome":"skipped","at":' .. queued .. ',"reason":"overlap","by":' .. quote(active[id]) .. '}'
        else
          local list = entries[m.runner]
          if not list then
            list = {}
            entries[m.runner] = list
          end
          local text = texts[i]
          local body = string.sub(text, 1, 1) == '{' and string.sub(text, 2) or string.match(text, '^%s*{(.*)$')
          local plain = (not times or #times == 1) and (collapsed == 0 or not policies)
          if plain then
            local at = times and times[1] or score
            local tail = at == score and tails[raw]
            if not tail then
              tail = string.format('@%.0f', math.floor(at * 1000 + 0.5)) .. suffix
              if at == score then tails[raw] = tail end
            end
            list[#list + 1] = '{"run":"' .. name .. tail .. body
            pushed = pushed + 1
          else
            for _, at in ipairs(times or {score}) do
              local extra = collapsed > 0 and string.format('","missed":%.0f,"queued":', collapsed)
                or '","catchup":1,"queued":'
              list[#list + 1] = '{"run":"' .. name .. string.format('@%.0f.%.0f', math.floor(at * 1000 + 0.5), seq)
                .. extra .. queued .. ',' .. body
              pushed = pushed + 1
            end
          end
        end
      end
    end

    for runner, list in pairs(entries) do
      rung[runner] = true
      for i = 1, #list, 1000 do
        redis.call('LPUSH', queues[runner], unpack(list, i, math.min(i + 999, #list)))
      end
    end
    if #scores > 0 then redis.call('ZADD', k.schedule, unpack(scores)) end
    if #ghosts > 0 then redis.call('ZREM', k.schedule, unpack(ghosts)) end
    for _, id in ipairs(done) do drop(k, id) end
  end

  if #lines > 0 then note(k, lines) end
  tally(k, {queued = pushed, skipped = skipped})
  local coming = redis.call('ZRANGEBYSCORE', k.schedule, '(' .. numeral(now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  return pushed, coming[2] or '', (pushed >= limit or scanned >= most) and 1 or 0, unserved, rung
end
