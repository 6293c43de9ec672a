// Package logsink takes what runs print and what an agent logs beyond Redis, whole:
// to a file that is rotated, to standard output as JSON lines, to CloudWatch Logs.
//
// A sink never fails a run and hardly slows it down. Lines wait in a bounded buffer
// until they are delivered. When it is full, a run is held up for a short time that
// is bounded over its whole attempt; then its lines are dropped, counted, told of in
// the agent's log, and a line in the stream says how many are missing. What is
// delivered comes at least once: after a lost answer lines may come twice.
package logsink
