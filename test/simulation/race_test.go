//go:build race

package simulation

// underRace tells that the race detector is on, which makes a day five times as long.
const underRace = true
