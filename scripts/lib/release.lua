-- @include claim
-- @include wake
-- Says that runs have no attempt and no retry any more, so that `overlap: forbid`
-- lets the next ones of their jobs go. What stays is the number of a job's latest
-- attempt, as long as the job is on the board. texts are the entries of the runs.
local function release(k, runs, texts)
  if #runs == 0 or redis.call('EXISTS', k.active) == 0 then return end
  local jobs, ended, seqs = {}, {}, {}
  for i, run in ipairs(runs) do jobs[i] = claim(run, texts[i]) end
  for from = 1, #runs, 1000 do
    local to = math.min(from + 999, #runs)
    for i, last in ipairs(redis.call('HMGET', k.active, unpack(jobs, from, to))) do
      local seq, by = string.match(last or '', '^(%d+) (.*)$')
      if by == runs[from + i - 1] then
        ended[#ended + 1] = jobs[from + i - 1]
        seqs[#seqs + 1] = seq
      end
    end
  end
  for from = 1, #ended, 1000 do
    local stay, gone, to = {}, {}, math.min(from + 999, #ended)
    for i, text in ipairs(redis.call('HMGET', k.board, unpack(ended, from, to))) do
      local job = ended[from + i - 1]
      if text then
        stay[#stay + 1] = job
        stay[#stay + 1] = seqs[from + i - 1]
      else
        gone[#gone + 1] = job
      end
    end
    if #stay > 0 then redis.call('HSET', k.active, unpack(stay)) end
    if #gone > 0 then redis.call('HDEL', k.active, unpack(gone)) end
  end
  wake(k, ended)
end
