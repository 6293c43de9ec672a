//go:build race

package logsink

// flood is how many lines are written at full speed: under the race detector, which
// takes a minute for a million, fewer.
const flood = 100_000
