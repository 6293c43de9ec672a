-- @include listof
-- @include ring
-- @include guard
-- @include park
-- @include entry
-- @include quote
-- Queues what `on_failure` of a run that has ended failed or dead wants to be called: a
-- shell command, which gets the record on its standard input, or a URL to which
-- it is posted. It is a one-off run of the type shell or http. Returns how many were
-- queued.
local function call(k, now, text, story)
  if not string.find(text, '"on_failure"', 1, true) then return 0 end
  local ok, job = pcall(cjson.decode, text)
  local what = ok and type(job) == 'table' and type(job.on_failure) == 'string' and job.on_failure or ''
  if what == '' then return 0 end
  local kind, payload = 'shell', what
  if string.find(string.lower(what), '^https?://') then
    kind = 'http'
    payload = '{"url":' .. quote(what) .. ',"method":"POST","headers":{"Content-Type":"application/json"},"body":' .. quote(story) .. '}'
  end
  local n = redis.pcall('INCR', k.seq)
  local run = string.format('%s#%012x%010x', kind, math.floor(now * 1000), type(n) == 'number' and n or 0)
  local whole = entry(run, {}, string.format('%.3f', now), '"failed":' .. story .. ',"id":' .. quote(kind) .. ',"runner":' .. quote(kind)
    .. ',"overlap":"allow","timeout":300,"retries":3,"payload":' .. quote(payload) .. '}')
  local list = listof(k, kind)
  if guard(list, 'list', k.board .. ':bell:' .. kind, 'list') then
    park(k, 'retry', now + 1, run, whole)
  else
    redis.call('LPUSH', list, whole)
    ring(k, kind)
  end
  return 1
end
