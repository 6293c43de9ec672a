// Package redistest gives each test a Redis of its own: a real redis-server (or
// valkey-server) that may be frozen, killed and restarted, or the embedded store
// that `jobs-agent dev` uses where no server is installed. Nothing is shared
// between tests, so all of them may run in parallel.
package redistest
