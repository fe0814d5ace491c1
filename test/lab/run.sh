#!/usr/bin/env bash
# Runs the lab: peers on several hosts, each a network namespace, so that nothing ever leaves this machine. Rootless.
# Everything lives in a process and mount namespace of its own: when this script ends, the kernel ends all of it.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! unshare -Urnmpf --mount-proc true 2>/dev/null || ! command -v ip >/dev/null; then
  echo 'lab: skipped; it needs user namespaces (unshare -Urnm) and the ip command (package iproute2)'
  exit 0
fi
exec timeout 600 unshare -Urnmpf --mount-proc bash -euo pipefail -c '
  mount -t tmpfs none /run && mkdir /run/netns
  ip link set lo up
  ip link add lan type bridge mcast_snooping 0 forward_delay 0
  ip link set lan up
  for host in 1 2 3; do
    ip netns add host$host
    ip link add port$host type veth peer name eth0 netns host$host
    ip link set port$host master lan up
    ip -n host$host link set lo up
    ip -n host$host addr add 10.231.7.$host/24 dev eth0
    ip -n host$host link set eth0 up
    ip -n host$host route add 224.0.0.0/4 dev eth0
  done
  node_modules/.bin/vitest run --config test/vitest.config.ts --project lab "$@"
' lab "$@"
