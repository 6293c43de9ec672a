-- JWHEN: creates a job, or replaces its metadata, that runs when others have ended
-- with success.
-- What JSET does with a field `after`. Jobs whose upstream jobs begin with the same one
-- join by the run of that one; those of different beginnings want one success of each.
-- KEYS: prefix runners
-- ARGV: now id runner payload job...
-- Returns: 1
-- Errors: INVALID, WRONGTYPE, STALE
-- A job that is not on the board, and a circle, are INVALID.
-- @include keys
-- @include put
-- @include quote
local k, runners = keys()
if not runners or #ARGV < 5 then return redis.error_reply('INVALID now, id, runner, payload and the jobs that it follows are needed') end
local names = {}
for i = 5, #ARGV do names[#names + 1] = quote(ARGV[i]) end
local fields = '{"overlap":"forbid","after":[' .. table.concat(names, ',') .. ']}'
return put(false, {k.board, k.schedule, runners}, {ARGV[1], ARGV[2], ARGV[3], ARGV[4], '', '', '', '', '', fields})
