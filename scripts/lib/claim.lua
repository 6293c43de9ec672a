-- @include jobof
-- In whose name a run keeps others from starting, if its job does not allow overlap:
-- that of its job, or of its job on one agent if it is for that agent alone.
local function claim(run, text)
  local job = jobof(run)
  if not text or not string.find(text, '"for_agent":"', 1, true) then return job end
  local ok, fields = pcall(cjson.decode, text)
  local agent = ok and type(fields) == 'table' and fields.for_agent
  return type(agent) == 'string' and job .. '\n' .. agent or job
end
