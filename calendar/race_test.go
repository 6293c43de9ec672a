//go:build race

package calendar_test

// underRace tells that the race detector is on, under which the clocks of all zones
// take a minute; make test looks at them without it as well.
const underRace = true
