-- JSETNX: creates a job unless its id is on the board.
-- KEYS: board schedule runners [op]
-- ARGV: now id runner payload [interval [start [stop [lambda [step [fields [op]]]]]]]
-- Returns: 1, or 0 when the id is taken and nothing has changed
-- Errors: INVALID, WRONGTYPE, STALE
-- Since: 2014
-- @include put
return put(true, KEYS, ARGV)
