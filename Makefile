# `make` prints what it can do: the lines below that carry two number signs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
export PATH := $(CURDIR)/.tools:$(PATH):$(shell go env GOPATH)/bin

.PHONY: help
help: ## Print this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build ./jobs-agent, one static binary.
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o jobs-agent ./cmd/jobs-agent

.PHONY: test
test: tools lint luacheck generated darwin ## Check everything, as CI does: tools, lint, scripts, docs, tests.
	go test -race -timeout 20m ./...
	go test -timeout 20m ./test/simulation ./calendar ./logsink

.PHONY: quick
quick: ## Run the tests without the race detector and the checks around it.
	go test ./...

.PHONY: soak
soak: ## Run one agent at 1,000 runs a second for ten minutes and see that nothing grows.
	JOBS_SOAK=10m go test -run TestSoak -timeout 20m -v ./test

.PHONY: chaos
chaos: ## Break a cluster for 90 s on three seeds, and find planted mistakes (9 min).
	JOBS_CHAOS=1 go test -count 1 -timeout 40m -v -run '^Test(Chaos(Breaks|Finds)|Planted|ClusterKills)' ./test

.PHONY: chaos-long
chaos-long: ## Break it for 30 min or JOBS_CHAOS_FOR: five agents, failovers, big boards, floods.
	JOBS_CHAOS_LONG=1 go test -count 1 -timeout 0 -v -run '^TestChaosForLong' ./test

.PHONY: lint
lint: ## Run go vet and the linters of .golangci.yml.
	go vet ./...
	golangci-lint run --allow-parallel-runners ./...

.PHONY: fmt
fmt: ## Format the Go code.
	golangci-lint fmt ./...

.PHONY: generate
generate: ## Write docs/commands.md, docs/keys.md and docs/metadata.md anew.
	go run ./internal/gen

.PHONY: bench
bench: ## Run the benchmarks.
	go test -run '^$$' -bench . ./...

# A module of its own, so that nobody who builds jobs-agent gets the peers with it.
.PHONY: bench-peers
bench-peers: ## Measure beside asynq, BullMQ and River; BENCH="-quick -only one-off" chooses.
	cd bench && go vet ./... && go run . $(BENCH)

.PHONY: tools
tools: ## Install what the checks need: a Redis, luacheck, golangci-lint, a template validator.
	.ci/need cc redis luacheck golangci-lint templates

.PHONY: clean
clean: ## Remove what the other targets made.
	rm -rf jobs-agent .tools

# The command set as Redis gets it: includes put in, so that luacheck sees each
# name where it is used.
.PHONY: luacheck
luacheck:
	rm -rf .tools/assembled
	go run ./internal/gen -assembled .tools/assembled
	luacheck --quiet .tools/assembled

# The generated pages are those that the sources give.
.PHONY: generated
generated:
	go run ./internal/gen -check

.PHONY: darwin
darwin:
	GOOS=darwin go build ./...
