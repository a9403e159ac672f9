#!/usr/bin/env bash
# The chart on Kubernetes' own API server, with etcd behind it, both built from their Go modules: installed by Helm, every
# object taken by the server, upgraded, rolled back, uninstalled. There are no nodes: nothing runs.
set -euo pipefail
export STACK=kubernetes PORT_OFFSET=${PORT_OFFSET:-9000}
. "$(dirname "$0")/../../deploy/local/stack.sh"
. "$CLONE/tests/kubernetes/server.sh"

stop() {
  local status=$?
  interrupt
  ((status == 0)) || tail_of "$STACK_LOG_DIR/kube-apiserver.log"
  stop_stack
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

. "$CLONE/tests/chart/requirements.sh"
install_server
forget_other_boots
exec 3>&2
start_server
step "The chart on Kubernetes $KUBERNETES_VERSION"
cd "$CLONE/tests/kubernetes"
KUBERNETES_URL=$server_url KUBERNETES_TOKEN=$server_token interruptible "$CHART_PYTHON" -m pytest "$@"
