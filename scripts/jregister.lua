-- JREGISTER: enters a runner type and a command line in the registry.
-- Nothing executes the command: hosts name their own runners.
-- KEYS: runners
-- ARGV: runner command [absent]
-- Returns: 1 if the type is new, 0 if its command was replaced
-- Errors: INVALID, WRONGTYPE
-- Since: 2014
-- With `absent` 1 a type that is registered keeps its command.
-- @include guard
if not KEYS[1] or not ARGV[2] then return redis.error_reply('INVALID key runners, a runner and a command are needed') end
return guard(KEYS[1], 'hash') or redis.call(ARGV[3] == '1' and 'HSETNX' or 'HSET', KEYS[1], ARGV[1], ARGV[2])
