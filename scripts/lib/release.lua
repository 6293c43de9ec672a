-- @include claim
-- @include wake
-- Says that runs have no attempt and no retry any more, so that `overlap: forbid`
-- lets the next ones of their jobs go. What stays is the number of a job's latest
-- attempt, as long as the job is on the board. texts are the entries of the runs, known their
-- jobs where those are known.
local function release(k, runs, texts, known)
  if #runs == 0 or redis.call('EXISTS', k.active) == 0 then return end
  local jobs, ended, seqs = {}, {}, {}
  for i, run in ipairs(runs) do jobs[i] = known and known[i] or claim(run, texts[i]) end
  for from = 1, #runs, 1000 do
    local to = math.min(from + 999, #runs)
    for i, last in ipairs(redis.call('HMGET', k.active, unpack(jobs, from, to))) do
      local run = runs[from + i - 1]
      local blank = last and #last - #run
      if last and blank > 1 and string.byte(last, blank) == 32 and string.find(last, run, blank + 1, true) then
        ended[#ended + 1] = jobs[from + i - 1]
        seqs[#seqs + 1] = string.sub(last, 1, blank - 1)
      end
    end
  end
  for from = 1, #ended, 1000 do
    local stay, gone, to = {}, {}, math.min(from + 999, #ended)
    local due = redis.pcall('ZMSCORE', k.schedule, unpack(ended, from, to)) -- shorter than the metadata
    for i = from, to do
      local job = ended[i]
      if due[i - from + 1] or redis.call('HEXISTS', k.board, job) == 1 then
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
