-- @include numeral
-- @include finite
-- The schedule of a job as the text under which its plan is kept, or nil when its
-- times follow from one another by adding. Jobs with the same text share a plan. The
-- second value tells that the text holds what is the job's alone, the third
-- that the job also runs at the start of a host. Package calendar reads the text.
local function timing(job, interval, start)
  local function word(value) return type(value) == 'string' and value ~= '' and value or nil end
  local function list(value, by)
    local words = {}
    if type(value) ~= 'table' then return nil end
    for _, one in ipairs(value) do
      if word(one) then words[#words + 1] = one end
    end
    return words[1] and table.concat(words, by)
  end
  local cron, also, except = word(job.cron), list(job.schedules, ';'), list(job.except, ',')
  local jitter = finite(job.jitter)
  if jitter and (jitter <= 0 or jitter > 1e6) then jitter = nil end
  if not cron and not also and not (interval and (except or jitter)) then return nil end

  local all = (cron or '') .. ';' .. (also or '')
  local low = string.lower(all)
  local boot = string.find(';' .. low .. ';', ';@reboot;', 1, true) ~= nil
  if boot and not interval and not string.find(string.gsub(low, '@reboot', ''), '[^;]') then return nil, nil, true end
  local grid = interval or string.find(low, '@every', 1, true)
  local salted = jitter or string.find(all, '~', 1, true) or string.find(' ' .. all .. ' ', '[^%a]H[^%a]')
  return table.concat({
    cron or '', word(job.timezone) or '', word(job.dst_gap) or '', word(job.dst_overlap) or '', except or '', also or '',
    jitter and numeral(jitter) or '', interval and numeral(interval) or '', grid and start and numeral(start) or '',
    salted and word(job.id) or '',
  }, '|'), grid or salted, boot
end
