-- @include head
-- The run that began the flow of a run: itself, unless its entry names another one
-- behind the head.
local function flowof(run, text)
  local _, _, rest = head(text)
  local at = 1
  while rest do
    local name, open = string.match(rest, '^"([%l_]+)":"()', at)
    if name ~= 'flow' and name ~= 'replay_of' then return run end
    local stop, sign = open, nil
    while sign ~= '"' do
      stop, _, sign = string.find(rest, '(["\\])', stop)
      if not stop then return run end
      stop = stop + (sign == '"' and 1 or 2)
    end
    if name == 'flow' then return cjson.decode('["' .. string.sub(rest, open, stop - 2) .. '"]')[1] end
    at = stop + 1 -- behind the comma
  end
  return run
end
