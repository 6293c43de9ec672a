#!/bin/sh
# Waits until the auto-scaling group takes this machine away, lets the agent end in order,
# and only then lets the machine go. GROUP and HOOK name the group and its hook.
set -eu
at=http://169.254.169.254/latest

ask() {
  token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$at/api/token") &&
    curl -sf -H "X-aws-ec2-metadata-token: $token" "$at/meta-data/$1"
}

until [ "$(ask autoscaling/target-lifecycle-state)" = Terminated ]; do
  sleep 5
done
systemctl stop jobs-agent.service || true # what it did not end in time is killed, and restarts elsewhere
aws autoscaling complete-lifecycle-action --auto-scaling-group-name "$GROUP" --lifecycle-hook-name "$HOOK" \
  --instance-id "$(ask instance-id)" --lifecycle-action-result CONTINUE
