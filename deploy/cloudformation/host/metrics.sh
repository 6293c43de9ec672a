#!/bin/sh
# Tells CloudWatch, in the namespace jobs-agent, how the board is: Ticking (1 when an agent
# ticks), QueueAge (seconds that the oldest run has waited), and, by the agent that ticks alone
# since it reads all jobs, Overdue (seconds since the earliest nominal time that nothing was queued for).
set -eu

put() {
  aws cloudwatch put-metric-data --namespace jobs-agent --dimensions "Stack=$STACK" --metric-name "$1" --value "$2" --unit "$3"
}

# oldest reads times and prints how many seconds ago the earliest was, or 0.
oldest() {
  jq -n '[inputs | select(.) | sub("\\.[0-9]+Z$"; "Z") | now - fromdate] + [0] | max'
}

put Ticking "$(jobs-agent leader -o json | jq 'if .agent == "" then 0 else 1 end')" None
put QueueAge "$(jobs-agent queue list -o json | jq '.[].oldest' | oldest)" Seconds
if curl -sf "http://${JOBS_HTTP:-127.0.0.1:7070}/metrics" | grep -q '^jobs_agent_leader 1$'; then
  put Overdue "$(jobs-agent list -o json | jq '.[] | select(.state == "due") | .next' | oldest)" Seconds
fi
