-- @include finite
-- @include jobof
-- Notes for keep what a job wants kept of its history; the metadata of most says nothing.
local function limits(kept, run, text)
  if not string.find(text, '"keep_', 1, true) then return end
  local ok, job = pcall(cjson.decode, text)
  if not ok or type(job) ~= 'table' then return end
  local function within(value, usual, most)
    local n = finite(value)
    return n and n >= 1 and math.min(math.floor(n), most) or usual
  end
  local runs = within(job.keep_runs, 100, 10000)
  kept.limits = kept.limits or {}
  kept.limits[jobof(run)] = {runs = runs, outputs = math.min(runs, within(job.keep_outputs, 20, 1000)),
    age = within(job.keep_age, 2592000, 31622400)}
end
