// Package ticker holds the two loops that move runs without executing them: the
// Ticker queues what is due, on the one agent that is elected for it, and the
// Reaper, on every agent, gives back what dead workers held and queues retries.
//
// Both only call a command again and again. What must hold is decided in the
// commands: any number of tickers and reapers at once do no harm.
package ticker
