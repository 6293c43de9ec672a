// Package chaos judges a cluster that was broken on purpose. It is given what the
// programs of the runs wrote themselves, what Redis kept of them, and which faults
// there were and when, and says which promises were broken, each with everything
// that is known of the run in question in the order of time. It is pure: how a
// history comes about is the matter of the tests beside it.
package chaos
