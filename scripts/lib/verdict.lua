-- @include finite
-- @include backoff
-- What becomes of a run whose attempt has failed: 'retrying' and the seconds to
-- wait, 'dead' when all retries are spent, or 'failed' when none were asked for
-- or the exit code forbids one.
local function verdict(text, counts, code, seed)
  local ok, job = pcall(cjson.decode, text)
  if not ok or type(job) ~= 'table' then return 'failed' end
  local retries = finite(job.retries) or 0
  if retries < 1 then return 'failed' end
  local function has(list)
    if type(list) ~= 'table' then return false end
    for _, value in ipairs(list) do
      if finite(value) == code then return true end
    end
    return false
  end
  if code and (type(job.retry_on) == 'table' and #job.retry_on > 0 and not has(job.retry_on) or has(job.no_retry_on)) then
    return 'failed'
  end
  local failures = (counts.try or 1) - (counts.lost or 0)
  if failures > retries then return 'dead' end
  return 'retrying', backoff(job, failures, seed)
end
