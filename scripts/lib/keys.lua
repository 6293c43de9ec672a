-- The common KEYS prefix by name, in the order of Keys.Prefix in keys.go; then the
-- first key behind it, which is the command's own, and how long the prefix is.
local function keys()
  return {
    board = KEYS[1], schedule = KEYS[2], seq = KEYS[3], workers = KEYS[4], busy = KEYS[5],
    retry = KEYS[6], parked = KEYS[7], dead = KEYS[8], history = KEYS[9], ledger = KEYS[10],
    stats = KEYS[11], cancel = KEYS[12], quarantine = KEYS[13], alive = KEYS[14], tick = KEYS[15],
    agents = KEYS[16], outputs = KEYS[17], progress = KEYS[18], paused = KEYS[19], plan = KEYS[20],
    want = KEYS[21], reboot = KEYS[22], after = KEYS[23], waiting = KEYS[24],
  }, KEYS[25], 24
end
