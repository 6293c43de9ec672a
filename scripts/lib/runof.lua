-- The run of a history record of an ended run.
local function runof(text)
  local run = string.match(text, '^{"state":"%l+","run":"([^"\\]*)"')
  if run then return run end
  local ok, fields = pcall(cjson.decode, text)
  return ok and type(fields) == 'table' and type(fields.run) == 'string' and fields.run or nil
end
