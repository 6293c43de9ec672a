-- @include finite
-- @include timing
-- @include hosts
-- What the metadata in text says about when and how to run, as a table, or nil
-- and the reason. Fields that make no sense are as good as absent, as old data
-- needs; the payload is never looked at.
local function meaning(text)
  local function names(list)
    local out = {}
    for _, name in ipairs(type(list) == 'table' and list or {}) do
      if type(name) == 'string' and #out < 100 then out[#out + 1] = name end
    end
    return out[1] and out
  end
  local ok, job = pcall(cjson.decode, text)
  if not ok or type(job) ~= 'table' then return nil, 'metadata is not a JSON object' end
  if type(job.runner) ~= 'string' or job.runner == '' then return nil, 'metadata has no runner' end
  local overlap = job.overlap
  if overlap ~= 'forbid' and overlap ~= 'queue' and overlap ~= 'replace' then overlap = nil end
  local m = {runner = job.runner, overlap = overlap, misfire = job.misfire, bound = type(job.for_agent) == 'string' or nil}
  local interval = finite(job.interval)
  if interval and interval > 0 then m.interval = math.max(0.001, math.min(interval, 1e12)) end
  local start = finite(job.start)
  if start and start >= 0 then m.start = start end
  local stop = finite(job.stop)
  if stop and stop >= 0 then m.stop = stop end
  local lambda = finite(job.lambda)
  if m.interval and lambda and lambda > 0 and lambda ~= 1 then
    m.lambda = lambda
    local step = finite(job.step)
    m.step = step and step > 0 and step or 86400
    local least, most = finite(job.min), finite(job.max)
    m.least = least and least > 0 and math.max(0.001, math.min(least, 1e11)) or nil
    m.most = most and most > 0 and math.max(0.001, math.min(most, 1e11)) or nil
  end
  local grace = finite(job.misfire_grace)
  if grace and grace >= 0 then m.misfire_grace = grace end
  if job.priority == 'high' or job.priority == 'low' then m.priority = job.priority end
  for _, name in ipairs({'cron', 'schedules', 'after', 'except', 'jitter', 'priority', 'hosts'}) do
    local value = job[name]
    if value ~= nil and value ~= cjson.null then
      m.beyond = name -- than 2014 knew
    end
  end
  m.spec, m.own, m.reboot = timing(job, m.interval, m.start)
  m.own = m.own or m.lambda
  m.after = names(job.after)
  if m.after then
    m.on = (job.on == 'failure' or job.on == 'always') and job.on or nil
    local within = finite(job.within)
    m.within = within and within > 0 and within or nil
  end
  m.timeless = (m.reboot or m.after) and not m.interval and not m.spec
  local on, why = hosts({hosts = job.hosts})
  if why then return nil, why end
  m.hosts = on
  if on == 'all' then
    if m.after or m.reboot then return nil, 'hosts all does not go with after or @reboot' end
    if m.misfire == 'run-all' then m.misfire = nil end
  end
  return m
end
