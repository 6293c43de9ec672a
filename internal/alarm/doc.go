// Package alarm sleeps to the microsecond. A timer of Go wakes an idle program up to
// a millisecond late: its runtime sleeps in the kernel by whole milliseconds
// (netpoll of runtime/netpoll_epoll.go). Where a nominal time is waited for, that is
// half of all lateness.
package alarm
