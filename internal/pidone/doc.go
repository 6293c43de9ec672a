// Package pidone is the init of a container that has no other: process 1 inherits
// every orphan, and what it does not wait for stays a zombie.
package pidone
