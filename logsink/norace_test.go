//go:build !race

package logsink

const flood = 1_000_000
