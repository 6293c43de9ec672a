// Package devstore is the store behind `jobs-agent dev`: a private redis-server or
// valkey-server on a unix socket where one is installed, a store in memory
// elsewhere.
//
// Three advisory locks (flock) say who is alive, since the kernel drops them
// however a process ends: DIR/lock is held by the dev process; DIR/server.lock is
// inherited by the server, so that one left behind by a killed dev is known, found
// and taken over rather than fought; and the record in the user's runtime folder,
// by which other programs find the store, is held by the dev process again.
package devstore
