# shellcheck shell=bash
# Apollo Router: found on the PATH, else downloaded, else built once from crates.io.

APOLLO_ROUTER_VERSION=2.17.0

apollo_entry() { echo "apollo-router-$APOLLO_ROUTER_VERSION"; }
apollo_file() { echo bin/router; }
apollo_on_path() { command -v router; }

apollo_is_ours() { # binary
  [[ $("$1" --version 2>/dev/null) == "$APOLLO_ROUTER_VERSION" ]]
}

apollo_get() { # folder
  step "Downloading Apollo Router $APOLLO_ROUTER_VERSION"
  apollo_download "$1" || apollo_build "$1"
}

apollo_download() { # folder
  local from=${APOLLO_ROUTER_BINARY_DOWNLOAD_PREFIX:-https://github.com/apollographql/router/releases/download}
  local archive=$1/router.tar.gz version=$APOLLO_ROUTER_VERSION
  interruptible curl --silent --show-error --fail --location --connect-timeout 5 --max-time 180 --output "$archive" \
    "$from/v$version/router-v$version-$(uname -m)-unknown-linux-gnu.tar.gz" 2>"$STACK_LOG_DIR/router-download.log" &&
    mkdir -p "$1/bin" && tar -xzf "$archive" --strip-components 1 -C "$1/bin" && rm "$archive" &&
    apollo_is_ours "$1/bin/router" && return
  rm -rf "${1:?}"/*
  note "no download to be had ($(tail -n 1 "$STACK_LOG_DIR/router-download.log" | cut -c 1-80))"
  return 1
}

apollo_build() { # folder
  need protoc protobuf-compiler
  need cmake cmake
  install_wanted
  build_router apollo-router "$APOLLO_ROUTER_VERSION" "$1"
}

apollo_start() {
  # The router refuses to start when it sees OpenTelemetry's own variables: its configuration reads these instead.
  local settings=(env --unset=OTEL_EXPORTER_OTLP_ENDPOINT --unset=OTEL_EXPORTER_OTLP_TRACES_ENDPOINT
    --unset=OTEL_EXPORTER_OTLP_METRICS_ENDPOINT --unset=OTEL_TRACES_SAMPLER --unset=OTEL_TRACES_SAMPLER_ARG
    APOLLO_TELEMETRY_DISABLED=true)
  if [[ -n ${OTEL_EXPORTER_OTLP_ENDPOINT:-} ]]; then
    settings+=(ROUTER_OTLP_ENABLED=true "ROUTER_OTLP_ENDPOINT=$OTEL_EXPORTER_OTLP_ENDPOINT"
      "ROUTER_TRACES_SAMPLER=$(router_sampler)")
  fi
  # Below the level info the router makes no spans, and so no traces.
  start_process router TERM "${settings[@]}" "$router_bin" --config "$CLONE/supergraph/apollo-router.yaml" \
    --supergraph "$CLONE/supergraph/supergraph.graphql" --log "${ROUTER_LOG:-info}"
}

apollo_ready_url() { echo "http://127.0.0.1:$ROUTER_HEALTH_PORT/health?ready"; }
apollo_metrics_port() { echo "$ROUTER_METRICS_PORT"; }
