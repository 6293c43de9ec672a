-- @include claim
-- @include wake
-- @include leave
-- Says that runs have no attempt and no retry any more, so that `overlap: forbid`
-- lets the next ones of their jobs go. What stays is the number of a job's latest
-- attempt, as long as the job is on the board. texts are the entries of the runs, known the
-- jobs of those that were fired for one nominal time: that these are on the board is plain
-- when none has left it since.
local function release(k, runs, texts, known)
  if #runs == 0 or redis.call('EXISTS', k.active) == 0 then return end
  local left = known and redis.pcall('GET', k.board .. ':left')
  if left == false then leave(k) end -- what was before is not known
  left = type(left) == 'string' and tonumber(left) or math.huge
  local jobs, ended, young = {}, {} -- young: the end of an id with such a number, mostly that of the next id too
  for i, run in ipairs(runs) do jobs[i] = known and known[i] or claim(run, texts[i]) end
  for from = 1, #runs, 1000 do
    local to = math.min(from + 999, #runs)
    local stay, ask, seqs, gone = {}, {}, {}, {}
    for i, last in ipairs(redis.call('HMGET', k.active, unpack(jobs, from, to))) do
      local at = from + i - 1
      local run, job = runs[at], jobs[at]
      local blank = last and #last - #run
      if last and blank > 1 and string.byte(last, blank) == 32 and string.find(last, run, blank + 1, true) then
        local seq = string.sub(last, 1, blank - 1)
        ended[#ended + 1] = job
        local fired = known and known[at]
        if fired and not (young and string.find(run, young, #run - #young + 1, true)) then
          local dot = string.find(run, '.', #job + 2, true)
          young = dot and (tonumber(string.sub(run, dot + 1)) or 0) > left and string.sub(run, dot) or nil
        end
        if fired and young then
          stay[#stay + 1] = job
          stay[#stay + 1] = seq
        else
          ask[#ask + 1], seqs[#seqs + 1] = job, seq
        end
      end
    end
    local due = #ask > 0 and redis.pcall('ZMSCORE', k.schedule, unpack(ask)) -- shorter than the metadata
    for i, job in ipairs(ask) do
      if due[i] or redis.call('HEXISTS', k.board, job) == 1 then
        stay[#stay + 1] = job
        stay[#stay + 1] = seqs[i]
      else
        gone[#gone + 1] = job
      end
    end
    if #stay > 0 then redis.call('HSET', k.active, unpack(stay)) end
    if #gone > 0 then redis.call('HDEL', k.active, unpack(gone)) end
  end
  wake(k, ended)
end
