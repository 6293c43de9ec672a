-- @include finite
-- @include numeral
-- @include reader
-- @include following
-- @include place
-- @include ahead
-- @include drop
-- @include rewrite
-- Carries out staged changes of a board file, see JSTAGE for their form. A job is put
-- as JSET does: a due run is not lost, an unchanged schedule is not moved. A start of
-- long ago, asked for in the file, makes no run of a job that was not on the board.
local function enact(k, runners, now, file, changes)
  local read, ids, texts, asked, gone = reader(), {}, {}, {}, {}
  for _, change in ipairs(changes) do
    local cut = string.find(change, '\n', 1, true)
    if cut and string.sub(change, 1, 1) ~= '-' then
      ids[#ids + 1], texts[#texts + 1], asked[#asked + 1] = string.sub(change, 2, cut - 1), string.sub(change, cut + 1), string.sub(change, 1, 1) == '+'
    else
      gone[#gone + 1] = string.sub(change, 2)
    end
  end
  local old, mark = rewrite(k, now, ids, texts)
  local registered, plans, soon, fresh = {}, {}, {}, {}
  for i, id in ipairs(ids) do
    local m, why = read(texts[i])
    if m and not registered[m.runner] then
      redis.call('HSETNX', runners, m.runner, 'jobs-' .. m.runner .. '-runner')
      registered[m.runner] = true
    end
    local start = m and finite(string.match(texts[i], '"start":(%-?[%d.]+)')) or now
    if m and asked[i] and m.interval and not m.spec and start <= now and not (old[i] and redis.call('ZSCORE', k.schedule, id)) then
      start = following(m, start, now)
    end
    if not m then
      redis.call('HSET', k.quarantine, id, why)
    elseif m.stop and (m.stop <= now or start > m.stop) then
      drop(k, {id}, {texts[i]}, mark)
    elseif old[i] or m.timeless or m.reboot or m.after then
      place(k, id, now, m, old[i] and read(old[i]) or nil, start, plans)
    else
      local early = m.spec and start <= now -- then jobs of one meaning are due together
      local at = early and soon[m]
      if not at then
        if m.spec then start = ahead(k, plans, m.spec, math.max(start, now)) or now end
        at = numeral(start)
        if early then soon[m] = at end
      end
      fresh[#fresh + 1] = at
      fresh[#fresh + 1] = id
    end
  end
  for i = 1, #fresh, 1000 do redis.call('ZADD', k.schedule, 'NX', unpack(fresh, i, math.min(i + 999, #fresh))) end
  for i, text in ipairs(#gone > 0 and redis.call('HMGET', k.board, unpack(gone)) or {}) do
    local ok, job = pcall(cjson.decode, text or '')
    if ok and type(job) == 'table' and job.board_file == file then
      drop(k, {gone[i]}, {text}, mark)
      redis.call('HDEL', k.quarantine, gone[i])
    end
  end
end
