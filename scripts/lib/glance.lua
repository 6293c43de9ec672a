-- Makes a function that tells what can be told of an entry at a glance: the overlap of its job, when it has a head
-- of ours with nothing in it but when it was queued and what JFIRE says of it, or "plain" when nothing has to be known
-- of it at its end either, should it succeed; nil when it has to be weighed. Besides where the run and its
-- job end, the run's number, and whether that and its job are all that its end needs. Every run that is taken passes here, so it looks for
-- rare letters by plain finds; a pattern that is bound to no place costs ten times as much. Entries
-- queued in one call have the same end of their heads, and one-offs mostly the same metadata up to the payload, so it
-- remembers the last ones seen.
local function glance()
  local find, match, byte, sub = string.find, string.match, string.byte, string.sub
  local ending, fired, nth, policy = ' ' -- the last end, and that of what JFIRE has queued, from the @ on
  local stem, alike -- of the last plain one-off: up to the time in its id, and from there up to the payload
  local function free(raw, close) return find(raw, 'keep_', close, true) and 'allow' or 'plain' end
  return function(raw)
    if stem and find(raw, stem, 1, true) == 1 then
      local _, close = find(raw, '^%x+"', #stem + 1)
      if close == #stem + 11 and find(raw, alike, close, true) == close and find(raw, '"', close + #alike, true) == #raw - 1 then return 'plain' end
    end
    local close = find(raw, '{"run":"', 1, true) == 1 and find(raw, '"', 9, true)
    if not close then return nil end
    local once = close > 32 and byte(raw, close - 23) == 35 -- # and 22 more
    local at, own
    if once then
      if not find(raw, '^%x+"', close - 22) then return nil end
    else
      at = find(raw, '@', 9, true)
      if not at or at > close then return nil end
      if not fired or find(raw, fired, at, true) ~= at then
        local n, alone, behind = match(raw, '^@%-?%d+%.(%d+)","alone":([01]),"queued":%d+%.?%d*,"()', at)
        fired, nth, policy = n and sub(raw, at, behind - 1), tonumber(n), alone == '1' and 'forbid' or nil
      end
      if fired then
        if (find(raw, '\\', 9, true) or close) < close then return nil end
        if policy then return policy, close, at, nth, free(raw, close) == 'plain' end
        return free(raw, close)
      end
      own = match(raw, '^%-?%d+%.(%d+)","q', at + 1)
      if not own then return nil end
    end
    if find(raw, ending, close, true) ~= close then
      local text = match(raw, '^","seq":%d+,"queued":%d+%.?%d*,"', close) or match(raw, '^","queued":%d+%.?%d*,"', close)
      if not text then return nil end
      ending = text
    end
    local escape = find(raw, '\\', 9, true)
    if escape and (escape < close or find(raw, '\\u', escape, true)) then return nil end
    local word, overlap = find(raw, 'verlap', close, true), 'allow"'
    if word then
      if find(raw, '"overlap":"', word - 2, true) ~= word - 2 or find(raw, 'verlap', word + 6, true) then return nil end
      overlap = match(raw, '^%l+"', word + 9)
    end
    if overlap == 'allow"' then
      local answer = free(raw, close)
      if once and answer == 'plain' then
        alike = match(raw, '^","seq":%d+,"queued":%d+%.?%d*,"[^{}\\]-"payload":"', close)
        stem = alike and sub(raw, 1, close - 11)
      end
      return answer
    end
    -- The word may be of an object in the metadata, the run for one agent, and of a one-off
    -- the number in its head counts.
    local brace = find(raw, '{', close, true)
    if once or brace and brace < word or find(raw, 'for_agent', close, true) then return nil end
    overlap = overlap == 'forbid"' and 'forbid' or overlap == 'queue"' and 'queue' or overlap == 'replace"' and 'replace' or nil
    return overlap, close, at, tonumber(own)
  end
end
