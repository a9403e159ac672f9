# shellcheck shell=bash
# Apollo Router: found on the PATH, else downloaded, else built once from crates.io.
# ROUTER names a binary to use instead; ROUTER_URL a router that runs already.

router_bin=''

is_our_router() { # binary
  [[ $("$1" --version 2>/dev/null) == "$ROUTER_VERSION" ]]
}

find_router() {
  local candidate
  if [[ -n ${ROUTER:-} ]]; then
    [[ -x $(command -v "$ROUTER") ]] || fail "ROUTER=$ROUTER is not a program"
    router_bin=$(command -v "$ROUTER")
    return
  fi
  for candidate in "$(command -v router)" "$CACHE/apollo-router-$ROUTER_VERSION/bin/router"; do
    [[ -x $candidate ]] && is_our_router "$candidate" && router_bin=$candidate && return
  done
  return 1
}

install_router() {
  [[ -z $GIVEN_ROUTER ]] || return 0
  find_router || { cached "apollo-router-$ROUTER_VERSION" bin/router get_router && find_router; } ||
    fail "no Apollo Router $ROUTER_VERSION"
}

get_router() { # folder
  step "Downloading Apollo Router $ROUTER_VERSION"
  download_router "$1" || build_router "$1"
}

download_router() { # folder
  local from=${APOLLO_ROUTER_BINARY_DOWNLOAD_PREFIX:-https://github.com/apollographql/router/releases/download}
  local archive=$1/router.tar.gz
  interruptible curl --silent --show-error --fail --location --connect-timeout 5 --max-time 180 --output "$archive" \
    "$from/v$ROUTER_VERSION/router-v$ROUTER_VERSION-$(uname -m)-unknown-linux-gnu.tar.gz" 2>"$STACK_LOG_DIR/router-download.log" &&
    mkdir -p "$1/bin" && tar -xzf "$archive" --strip-components 1 -C "$1/bin" && rm "$archive" &&
    is_our_router "$1/bin/router" && return
  rm -rf "${1:?}"/*
  note "no download to be had ($(tail -n 1 "$STACK_LOG_DIR/router-download.log" | cut -c 1-80))"
  return 1
}

# The build's own folder outlives an interruption, so that a second try goes on where the first one stopped.
build_router() { # folder
  need protoc protobuf-compiler
  need cmake cmake
  install_wanted
  step "Building Apollo Router $ROUTER_VERSION from crates.io: about 20 minutes on two cores, once"
  CARGO_TARGET_DIR=$CACHE/apollo-router-build logged "building Apollo Router" "$STACK_LOG_DIR/router-build.log" \
    cargo install apollo-router --version "$ROUTER_VERSION" --locked --no-track --root "$1"
  rm -rf "$CACHE/apollo-router-build"
}

start_router() {
  # The router refuses to start when it sees OpenTelemetry's own variables: its configuration reads these instead.
  local settings=(env --unset=OTEL_EXPORTER_OTLP_ENDPOINT --unset=OTEL_EXPORTER_OTLP_TRACES_ENDPOINT
    --unset=OTEL_EXPORTER_OTLP_METRICS_ENDPOINT APOLLO_TELEMETRY_DISABLED=true)
  if [[ -n ${OTEL_EXPORTER_OTLP_ENDPOINT:-} ]]; then
    settings+=(ROUTER_OTLP_ENABLED=true "ROUTER_OTLP_ENDPOINT=$OTEL_EXPORTER_OTLP_ENDPOINT")
  fi
  # Below the level info the router makes no spans, and so no traces.
  start_process router TERM "${settings[@]}" "$router_bin" --config "$CLONE/supergraph/apollo-router.yaml" \
    --supergraph "$CLONE/supergraph/supergraph.graphql" --log "${ROUTER_LOG:-info}"
}

wait_for_router() {
  wait_until_ready router 60 answers "http://127.0.0.1:$ROUTER_HEALTH_PORT/health?ready"
}
