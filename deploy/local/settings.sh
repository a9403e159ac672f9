# shellcheck shell=bash
# What the local stack is made of and where it lies: versions, folders, ports, settings.
# Sourced by the other scripts. A value set in the environment wins over the default given here.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
CLONE=$PWD

# A shell that has sourced a stack's environment file holds values that a stack made, not choices of the user; but the
# router is a choice in either case.
if [[ -f ${STACK_ENVIRONMENT:-} ]]; then
  while IFS='=' read -r key _; do [[ $key == ROUTER ]] || unset "$key"; done <"$STACK_ENVIRONMENT"
fi

POSTGRES_OLDEST=15
JAVA_OLDEST=17
NODE_OLDEST=18
SERVICES=(users billing excursions orders notifications)

# Downloads and builds that every clone shares. Each entry is complete or absent (see cache.sh).
CACHE=${EXCURSIONS_CACHE:-${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/excursions}

# Stacks run beside each other: each has a folder of its own and, by the offset, ports of its own.
STACK=${STACK:-main}
case $STACK in
  main) PORT_OFFSET=${PORT_OFFSET:-0} ;;
  test) PORT_OFFSET=${PORT_OFFSET:-10000} ;;
  *[!a-z0-9-]*) echo "STACK=$STACK: a stack's name has lower-case letters, digits and dashes" >&2; exit 2 ;;
  *) PORT_OFFSET=${PORT_OFFSET:?the stack $STACK needs ports of its own: set PORT_OFFSET, e.g. 5000} ;;
esac
STACK_DIR=$CLONE/.local/$STACK
STACK_PID_DIR=$STACK_DIR/run
STACK_LOG_DIR=$STACK_DIR/logs
STACK_ENVIRONMENT=$STACK_DIR/environment
SECRETS=$STACK_DIR/secrets

port() { # name, default
  local -n value=$1
  value=${value:-$(($2 + PORT_OFFSET))}
  if [[ ! $value =~ ^[0-9]{1,5}$ ]] || ((value < 1 || value > 65535)); then
    echo "$1=$value is not a port" >&2
    exit 2
  fi
}
port GATEWAY_PORT 4000
port USERS_PORT 4001
port BILLING_PORT 4002
port EXCURSIONS_PORT 4003
port ORDERS_PORT 4004
port NOTIFICATIONS_PORT 4005
port GATEWAY_METRICS_PORT 4009
port ROUTER_PORT 4100
port ROUTER_HEALTH_PORT 8088
port ROUTER_METRICS_PORT 9090
port PROMETHEUS_PORT 9091
port POSTGRES_PORT 54320
port KAFKA_PORT 9092
port KAFKA_CONTROLLER_PORT 9093
port JAEGER_OTLP_PORT 4318
port JAEGER_QUERY_PORT 16686
port JAEGER_QUERY_GRPC_PORT 16685
port JAEGER_OTLP_GRPC_PORT 4317
port JAEGER_HEALTH_PORT 13133

# Parts that are there already: a part that the user names is neither installed nor started.
GIVEN_POSTGRES=${DATABASE_URL:+yes}
GIVEN_KAFKA=${KAFKA_BROKERS:+yes}
GIVEN_ROUTER=${ROUTER_URL:+yes}
GIVEN_PLAYGROUND=${PLAYGROUND_DIR:+yes}
KAFKA_BROKERS=${KAFKA_BROKERS:-127.0.0.1:$KAFKA_PORT}
ROUTER=${ROUTER:-apollo}
case $ROUTER in
  apollo | hive) ;;
  *) echo "ROUTER=$ROUTER: the routers are apollo and hive (ROUTER_BINARY names a program to run as it)" >&2; exit 2 ;;
esac
ROUTER_URL=${ROUTER_URL:-http://127.0.0.1:$ROUTER_PORT}
# Traces: JAEGER=1 starts a Jaeger for them; OTEL_EXPORTER_OTLP_ENDPOINT alone names one that runs already.
JAEGER=${JAEGER:-}
JAEGER_URL=http://127.0.0.1:$JAEGER_QUERY_PORT
JAEGER_MAX_TRACES=${JAEGER_MAX_TRACES:-5000}
[[ -z $JAEGER ]] || OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:$JAEGER_OTLP_PORT
OPERATOR_EMAIL=${OPERATOR_EMAIL:-operator@excursions.example}
