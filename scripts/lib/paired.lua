-- @include quote
-- The entries of one-off runs that are given as pairs of run and metadata, from an index of the list on; tail is the rest of
-- their heads. Or nil and what is wrong.
local function paired(list, from, tail)
  local find, byte, sub = string.find, string.byte, string.sub
  local entries, n = {}, 0
  local alike -- how the ids of one type and time begin
  for i = from, #list, 2 do
    local run, text = list[i], list[i + 1]
    local opening, following = byte(text, 1, 2)
    if opening == 123 then text = sub(text, 2) else following = opening end -- {
    if not alike or find(run, alike, 1, true) ~= 1 or not find(run, '^%x+$', #alike + 1) then
      alike = string.match(run, '^([^%c"\\#]+#%x*)%x%x%x%x%x%x%x%x%x%x$')
      if not alike and not find(run, '.#%x+$') then return nil, 'INVALID run id ' .. run end
    end
    if following ~= 34 or byte(text, -1) ~= 125 then -- " and }
      return nil, 'INVALID metadata of ' .. run .. ' is not a JSON object'
    end
    n = n + 1
    entries[n] = '{"run":"' .. (alike and run or sub(quote(run), 2, -2)) .. tail .. text
  end
  return entries
end
