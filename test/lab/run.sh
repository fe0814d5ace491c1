#!/usr/bin/env bash
# Runs the lab: peers on several hosts, each a network namespace, so that nothing ever leaves this machine. Rootless.
# Everything lives in a process and mount namespace of its own: when this script ends, the kernel ends all of it.
set -euo pipefail
cd "$(dirname "$0")/../.."

hosts=8
limit=900 # seconds

skip() {
  echo "lab: skipped; $1"
  exit 0
}
for command in unshare ip python3; do
  command -v "$command" >/dev/null || skip "there is no $command on this machine"
done
unshare -Urnmpf --mount-proc ip link add port type veth peer name eth0 2>/dev/null ||
  skip 'this machine forbids network namespaces to its users (unshare -Urnmpf), or knows no veth'

exec timeout --foreground -s KILL $limit unshare -Urnmpf --mount-proc --kill-child bash -euo pipefail -c '
  mount -t tmpfs none /run
  ip link set lo up
  export HITHER_LAB_SWITCH=/run/switch
  read -r ready < <(exec python3 test/lab/switch.py "$1" "$HITHER_LAB_SWITCH" "$2")
  node_modules/.bin/vitest run --config test/vitest.config.ts --project lab "${@:3}"
' lab $hosts $limit "$@"
