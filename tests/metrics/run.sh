#!/usr/bin/env bash
# What one watches the system by: the alert rules and their tests, and, against a Prometheus that scrapes the stack while
# something happens on it, each panel of each dashboard, each alert, and docs/operations/metrics.md.
set -euo pipefail
. "$(dirname "$0")/../node.sh"

install_prometheus
step "Alert rules"
"$promtool" check rules "$CLONE"/deploy/prometheus/alerts/*.yaml
"$promtool" test rules "$CLONE"/deploy/prometheus/tests/*.yaml

began='' load=''
finish() {
  [[ -z $load ]] || kill "$load" 2>/dev/null
  [[ -z $began ]] || stop_processes prometheus
}
trap finish EXIT
exec 3>>"$STACK_LOG_DIR/restarts.log"
if ! grep -qx prometheus < <(running); then
  require_free_ports PROMETHEUS_PORT
  began=1
  start_prometheus
fi
wait_for_prometheus
"$promtool" check config "$prometheus_dir/prometheus.yml"

step "Metrics, dashboards and alerts"
node "$CLONE/tests/metrics/load.mjs" &
load=$!
PROMTOOL=$promtool node --test --test-reporter=spec "$CLONE/tests/metrics"/*.test.mjs
# What it did must have gone well, or the dashboards would show nothing but errors.
kill "$load"
wait "$load"
load=''
