-- Of which runs a take has to mind others of their jobs: up to which number of the board's counter a job may have two runs
-- queued, and the highest number in B:latest. Where that is not known, all.
local function backlog(k)
  local known = redis.pcall('HMGET', k.board .. ':backlog', 'twice', 'latest')
  return tonumber(known[1] or '') or math.huge, tonumber(known[2] or '') or math.huge
end
