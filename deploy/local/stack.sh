# shellcheck shell=bash
# The stack's parts, for the scripts that a user runs.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/settings.sh"
. "$here/report.sh"
. "$here/background.sh"
. "$here/cache.sh"
. "$here/packages.sh"
. "$here/npm.sh"
. "$here/ports.sh"
. "$here/processes.sh"
. "$here/postgres.sh"
. "$here/kafka.sh"
. "$here/apollo-router.sh"
. "$here/hive-router.sh"
. "$here/router.sh"
. "$here/playground.sh"
. "$here/prometheus.sh"
. "$here/jaeger.sh"
. "$here/services.sh"
. "$here/secrets.sh"
. "$here/environment.sh"

# The ports of the parts that this stack starts itself.
ports=(GATEWAY_PORT GATEWAY_METRICS_PORT "${SERVICES[@]/%/_PORT}")
ports=("${ports[@]^^}")
[[ -n $GIVEN_ROUTER ]] || ports+=(ROUTER_PORT ROUTER_HEALTH_PORT ROUTER_METRICS_PORT)
[[ -z ${METRICS:-} ]] || ports+=(PROMETHEUS_PORT)
[[ -n $GIVEN_POSTGRES ]] || ports+=(POSTGRES_PORT)
[[ -z $JAEGER ]] || ports+=("${JAEGER_PORTS[@]}")
[[ -n $GIVEN_KAFKA ]] || ports+=(KAFKA_PORT KAFKA_CONTROLLER_PORT)
