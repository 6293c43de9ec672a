-- A JSON string of the bytes of text. Not cjson: on the embedded store its
-- encoder replaces bytes that are not UTF-8.
local function quote(text)
  if not string.find(text, '[%c"\\]') then return '"' .. text .. '"' end
  return '"' .. string.gsub(text, '[%c"\\]', function(c)
    if c == '"' or c == '\\' then return '\\' .. c end
    if c == '\n' then return '\\n' end
    if c == '\t' then return '\\t' end
    if c == '\r' then return '\\r' end
    return string.format('\\u%04x', string.byte(c))
  end) .. '"'
end
