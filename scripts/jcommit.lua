-- JCOMMIT: decides that what was staged shall be.
-- From here on the new generation of the board file counts: JAPPLY carries it out,
-- called by whoever, and in the order of the decisions.
-- KEYS: prefix op stage stages files
-- ARGV: op now id file generation count
-- Returns: the new generation of the board file
-- Errors: INVALID, WRONGTYPE, STALE
-- `id` is that of the stage, `generation` the number of decisions for the file that
-- the changes were made for, and `count` how many changes there are. When another
-- apply of the file was decided meanwhile, or staged changes are missing, it is
-- refused and nothing has happened.
-- @include keys
-- @include clock
-- @include finite
-- @include numeral
-- @include guard
-- @include again
-- @include remember
local k, own, common = keys()
local stage, stages, files = KEYS[common + 2], KEYS[common + 3], KEYS[common + 4]
local op, now, id, file = ARGV[1], clock(ARGV[2] or 'absent'), ARGV[3], ARGV[4]
local generation, count = finite(ARGV[5] or 'absent'), finite(ARGV[6] or 'absent')
if not k or not files or not now or not generation or not count or count < 1 or id == '' or file == '' or string.find(op, '%s') then
  return redis.error_reply('INVALID op (without blanks), now, id, file, generation and count are needed')
end
local wrong = guard(own, 'string', stage, 'hash', stages, 'list', files, 'hash')
if wrong then return wrong end
local before = again(own, op)
if before then return before[1] end
local text = redis.call('HGET', files, file)
local ok, known = pcall(cjson.decode, text or '{}')
local newest = ok and type(known) == 'table' and tonumber(known.generation) or 0
local staged = redis.call('HLEN', stage)
if newest ~= generation then
  return remember(own, op, {err = 'STALE board file "' .. file .. '" was applied meanwhile'})
end
if staged ~= count or redis.call('HEXISTS', stage, 'at') == 1 then
  return remember(own, op, {err = 'STALE of ' .. count .. ' changes ' .. staged .. ' are staged'})
end
redis.call('PERSIST', stage)
redis.call('HSET', stage, 'at', 0, 'count', numeral(count), 'file', file)
redis.call('RPUSH', stages, id)
redis.call('HSET', files, file, '{"generation":' .. numeral(generation + 1) .. ',"applied":' .. numeral(now) .. '}')
return remember(own, op, {generation + 1})[1]
