package main

import "time"

// experiments answers all of them, in the numbers that count or in small ones.
func experiments(quick bool) []experiment {
	peers := []candidate{
		{name: "jobs-agent", peer: "jobs"},
		{name: "jobs-agent, forbid and retries", peer: "jobs", setting: "forbid"},
		{name: "asynq", peer: "asynq"},
		{name: "BullMQ", peer: "bullmq"},
		{name: "River", peer: "river"},
	}
	ours := candidate{name: "jobs-agent", peer: "jobs"}
	const each = 10 * time.Second
	if quick {
		const soon = 4 * time.Second
		return []experiment{
			oneOffExperiment(10_000),
			latencyExperiment(4 * time.Second),
			periodicExperiment("periodic-10k", 1_000, 2, soon, peers...),
			periodicExperiment("periodic-100k", 10_000, 2, soon, peers...),
			periodicExperiment("periodic-1m", 100_000, 2, soon, ours),
			fireExperiment(10_000),
			registerExperiment(5_000),
			shellExperiment(400),
			idleExperiment(4 * time.Second),
		}
	}
	return []experiment{
		oneOffExperiment(100_000),
		latencyExperiment(20 * time.Second),
		periodicExperiment("periodic-10k", 10_000, 3, each, peers...),
		periodicExperiment("periodic-100k", 100_000, 3, each, peers...),
		periodicExperiment("periodic-1m", 1_000_000, 3, each, ours),
		fireExperiment(100_000),
		registerExperiment(100_000),
		shellExperiment(4_000),
		idleExperiment(20 * time.Second),
	}
}
