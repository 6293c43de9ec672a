// Package jobs is the vocabulary of jobs-agent, a scheduler that lives in Redis.
//
// A board holds jobs; a job has a schedule; each nominal time of a schedule
// becomes a run on the queue of its runner type; agents take runs, execute
// them with a runner and ack. This package names those things and imports only
// the standard library. To put jobs on a board use package board; to serve
// runs in a Go program use package worker.
package jobs
