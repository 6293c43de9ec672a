-- @include share
-- @include sequence
-- @include listof
-- @include head
-- Makes of each entry of a job with hosts `all` one for each live agent that serves its
-- type, in the list of that agent. Each has a number of its own behind its nominal time.
-- With no such agent the nominal time is missed, and the ledger says so.
local function spread(s, list, entries, id, m)
  local names, count = s.crew(m.runner)
  for _, text in ipairs(list) do
    local run = head(text)
    local stem = string.match(run, '^(.*%.)%d+$')
    local at = tonumber(string.match(run, '@(%-?%d+)%.%d+$')) / 1000
    if count == 0 then
      s.pushed, s.passed = s.pushed - 1, s.passed + 1
      s.missed(id, at, 1, 'no live agent serves ' .. m.runner)
    elseif count > #names then
      s.missed(id, at, count - #names, 'a run goes to 1,000 agents at most')
    end
    local seq = #names > 0 and sequence(s.k, #names) or 0
    for i, agent in ipairs(names) do
      local to = s.to({runner = m.runner, hosts = '@' .. agent})
      if to then
        local into = entries[to] or {runner = m.runner, on = '@' .. agent}
        entries[to] = into
        into[#into + 1] = share(text, stem .. string.format('%.0f', seq + i - 1), agent)
      else
        s.pushed = s.pushed - 1
        s.missed(id, at, 1, 'the list of agent ' .. agent .. ' is none')
      end
    end
    s.pushed = s.pushed + math.max(0, #names - 1)
  end
end
