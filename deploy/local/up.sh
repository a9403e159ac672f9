#!/usr/bin/env bash
# Starts everything on this machine: installs what is missing, builds, migrates, starts, waits until all is ready.
#
# usage: up.sh [--detach]
#   Stays in the foreground, and stops all that it started on Ctrl-C. With --detach it returns when the stack is ready;
#   down.sh stops it then. The environment's settings are told in settings.sh.
set -euo pipefail
. "$(dirname "$0")/stack.sh"

detach=''
case ${1:-} in
  --detach) detach=1 ;;
  '') ;;
  *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac

mkdir -p "$STACK_DIR"
forget_other_boots
mapfile -t already < <(running)
((${#already[@]} == 0)) || fail "the stack $STACK runs already (${already[*]})" "make down stops it."
require_free_ports "${ports[@]}"

stop() {
  set +e # come what may, and also when nobody reads the messages any more
  trap '' INT TERM HUP PIPE
  interrupt
  [[ -z $(running) ]] || step "Stopping"
  stop_stack
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
trap 'exit 141' PIPE
if [[ -n $detach ]]; then exec 3>>"$STACK_LOG_DIR/restarts.log"; else exec 3>&1; fi

need_build_tools
need_postgres
need_kafka
need_playground
install_wanted
install_kafka
install_router
install_playground
[[ -z ${METRICS:-} ]] || install_prometheus
install_jaeger
step "Building"
build_binary
copy_binary

load_secrets
create_keys
write_environment
load_environment
require_free_ports "${ports[@]}"
step "Starting PostgreSQL and Kafka"
[[ -n $GIVEN_POSTGRES ]] || start_postgres
[[ -n $GIVEN_KAFKA ]] || start_kafka
wait_for_postgres
create_databases
wait_for_kafka
step "Migrating"
migrate
start_jaeger
step "Starting the services, the router and the gateway"
start_services
[[ -n $GIVEN_ROUTER ]] || start_router
start_gateway
[[ -z ${METRICS:-} ]] || start_prometheus
wait_for_services
[[ -n $GIVEN_ROUTER ]] || wait_for_router
wait_for_gateway
[[ -z ${METRICS:-} ]] || wait_for_prometheus

step "Ready"
cat <<READY

  ${bold}GraphQL and playground${plain}  http://localhost:$GATEWAY_PORT/graphql   http://localhost:$GATEWAY_PORT/
  ${bold}First log-in${plain}            $OPERATOR_EMAIL   $OPERATOR_PASSWORD
  ${bold}Services${plain}                $(for service in "${SERVICES[@]}"; do port=${service^^}_PORT; printf '%s :%s  ' "$service" "${!port}"; done)
  ${bold}Router, Kafka${plain}           $ROUTER_URL   $KAFKA_BROKERS
${METRICS:+  ${bold}Prometheus${plain}              http://localhost:$PROMETHEUS_PORT/
}${JAEGER:+  ${bold}Traces${plain}                  $JAEGER_URL/api/traces (docs/operations/tracing.md)
}  ${bold}Logs, environment${plain}       ${STACK_LOG_DIR#"$CLONE"/}/   ${STACK_ENVIRONMENT#"$CLONE"/}

READY

if [[ -n $detach ]]; then
  trap - EXIT
  note "running in the background; make down stops it"
else
  note "make demo plays the story, Ctrl-C stops"
  trap 'exit 0' INT
  wait
fi
