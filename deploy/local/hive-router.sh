# shellcheck shell=bash
# Hive Router: built once from crates.io, optimised little, so that the build is short: this one is for trying out and for
# tests. ROUTER_BINARY names a better one to measure. It cannot tell its version, so that what lies on the PATH is not
# taken for ours.

HIVE_ROUTER_VERSION=0.2.19

hive_entry() { echo "hive-router-$HIVE_ROUTER_VERSION"; }
hive_file() { echo bin/hive_router; }
hive_on_path() { :; }
hive_is_ours() { true; }

# Without the feature graphiql its build fetches a page that we do not serve from npm.
hive_get() { # folder
  need cmake cmake
  install_wanted
  CARGO_PROFILE_RELEASE_OPT_LEVEL=${CARGO_PROFILE_RELEASE_OPT_LEVEL:-1} CARGO_PROFILE_RELEASE_CODEGEN_UNITS=64 \
    build_router hive-router "$HIVE_ROUTER_VERSION" "$1" --features graphiql --bin hive_router
}

hive_start() {
  # Names that mean something to the router, and something else to us or to the shell.
  local settings=(env --unset=HOST --unset=PORT --unset=LOG_FORMAT --unset=LOG_LEVEL --unset=LOG_FILTER
    "ROUTER_CONFIG_FILE_PATH=$CLONE/supergraph/hive-router.yaml")
  local service url
  for service in "${SERVICES[@]^^}"; do
    url=${service}_URL
    settings+=("${service}_GRAPHQL_URL=${!url}/graphql")
  done
  if [[ -n ${OTEL_EXPORTER_OTLP_ENDPOINT:-} ]]; then
    settings+=("ROUTER_TRACES_SAMPLER=$(router_sampler)" "ROUTER_OTLP_TRACES_ENDPOINT=$OTEL_EXPORTER_OTLP_ENDPOINT/v1/traces")
  fi
  start_process router TERM "${settings[@]}" "$router_bin"
}

hive_ready_url() { echo "http://127.0.0.1:$ROUTER_PORT/readiness"; }
hive_metrics_port() { echo "$ROUTER_PORT"; }
