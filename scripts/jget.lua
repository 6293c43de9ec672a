-- JGET: the metadata of a job, byte for byte.
-- KEYS: board
-- ARGV: id
-- Returns: the text, or nil
-- Errors: INVALID, WRONGTYPE
-- Since: 2014
-- @include guard
if not KEYS[1] or not ARGV[1] then return redis.error_reply('INVALID key board and an id are needed') end
return guard(KEYS[1], 'hash') or redis.call('HGET', KEYS[1], ARGV[1])
