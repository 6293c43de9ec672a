// Package runners executes runs: shell, exec and console, and any program that
// the host names for a type. New makes a runner of a line of configuration.
//
// Programs are children of the agent's one supervisor process, not of the
// agent. It is the same binary, started once, and it outlives the agent by a
// moment: it holds one end of a socket, and when the other end is gone, also by
// kill -9, it ends every process that came of it and then itself. The agent
// hands it the file descriptors of a run over that socket, so a run costs no
// more executions than without it. Package main calls IsSupervisor first of all:
//
//	if runners.IsSupervisor() {
//		os.Exit(runners.ServeSupervisor())
//	}
//
// A program that leaves something running in the background when it ends well
// has that left alone until the agent ends; of a run that timed out, was
// cancelled or lost nothing is left.
package runners
