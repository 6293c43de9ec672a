-- Where runs of decoded metadata may be executed: nil for any host that serves their
-- type, `all`, the text of a selector, or `@NAME` for the agent NAME alone, as which
-- `all` is carried out. A second value tells that the field makes no sense.
local function hosts(job)
  local agent, text = job.for_agent, job.hosts
  if type(agent) == 'string' and agent ~= '' and not string.find(agent, '[%c%s:"\\]') then return '@' .. agent end
  if text == nil or text == cjson.null or text == '' or text == 'one' then return nil end
  if type(text) ~= 'string' or #text > 256 or string.find(text, '[%c%s:"\\@]') then
    return nil, 'hosts is neither one, all nor a selector such as gpu=true'
  end
  return text
end
