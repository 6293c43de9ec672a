-- The same names for commands of 2014, whose KEYS are given: the other keys of
-- the board follow from its name and so share its slot in a cluster.
local function derived(board, schedule)
  return {
    board = board, schedule = schedule or board .. ':schedule', seq = board .. ':seq',
    busy = board .. ':busy', ledger = board .. ':ledger', stats = board .. ':stats',
    quarantine = board .. ':quarantine', workers = board .. ':workers',
    retry = board .. ':retry', dead = board .. ':dead', paused = board .. ':paused',
    plan = board .. ':plan', want = board .. ':want', reboot = board .. ':reboot', after = board .. ':after',
    waiting = board .. ':waiting', parked = board .. ':parked', cancel = board .. ':cancel',
  }
end
