# shellcheck shell=bash
# Jaeger, where JAEGER=1 asks for it: built once from its Go module, with traces in memory. Its pages are no part of the
# module: what it serves is the API by which traces are found and read (docs/operations/tracing.md).

JAEGER_VERSION=2.13.0
# The release of version 1 that has version 2 in it: Go's modules know no other name for it.
JAEGER_MODULE=github.com/jaegertracing/jaeger@v1.76.0
JAEGER_SUM=h1:sWCOOF1dr+NL0PLil7mFo3BqqQL8k4WiM7aguFbc14g=
GO_OLDEST=24 # 1.24
JAEGER_PORTS=(JAEGER_OTLP_PORT JAEGER_OTLP_GRPC_PORT JAEGER_QUERY_PORT JAEGER_QUERY_GRPC_PORT JAEGER_HEALTH_PORT)

jaeger_entry=jaeger-$JAEGER_VERSION
jaeger_bin=$CACHE/$jaeger_entry/bin/jaeger

# Debian's Go is too old as a rule.
has_go() {
  local version
  version=$(go env GOVERSION 2>/dev/null || true) # go1.26.8
  version=${version#go1.}
  ((${version%%.*} >= GO_OLDEST)) 2>/dev/null
}

can_have_jaeger() { [[ -x $jaeger_bin ]] || has_go; }

install_jaeger() {
  [[ -n $JAEGER ]] || return 0
  can_have_jaeger ||
    fail "JAEGER=1 needs Go 1.$GO_OLDEST or newer" "Traces also go to whatever OTEL_EXPORTER_OTLP_ENDPOINT names."
  cached "$jaeger_entry" bin/jaeger build_jaeger
}

# In the module's own folder: it replaces a dependency by another, which counts only there. What the compiler keeps is more
# than a gigabyte, and of no further use.
build_jaeger() { # folder
  step "Building Jaeger $JAEGER_VERSION from its Go module: a few minutes on two cores, once"
  local module source
  module=$(GOTOOLCHAIN=local go mod download -json "$JAEGER_MODULE") || fail "the Go module of Jaeger cannot be had" "$module"
  [[ $(json_text Sum "$module") == "$JAEGER_SUM" ]] || fail "$JAEGER_MODULE is not what it was"
  source=$(json_text Dir "$module")
  logged "building Jaeger" "$STACK_LOG_DIR/jaeger-build.log" \
    env GOTOOLCHAIN=local GOCACHE="$CACHE/jaeger-build" go build -C "$source" -trimpath -ldflags '-s -w' -o "$1/bin/jaeger" ./cmd/jaeger
  rm -rf "$CACHE/jaeger-build"
}

json_text() { # key, JSON with a key a line
  sed -n "s/.*\"$1\": \"\(.*\)\".*/\1/p" <<<"$2"
}

start_jaeger() {
  [[ -n $JAEGER ]] || return 0
  local name settings=(JAEGER_BIND=127.0.0.1 JAEGER_MAX_TRACES="$JAEGER_MAX_TRACES")
  for name in "${JAEGER_PORTS[@]}"; do settings+=("$name=${!name}"); done
  start_process jaeger TERM env "${settings[@]}" "$jaeger_bin" --config "$CLONE/deploy/jaeger/jaeger.yaml"
  wait_until_ready jaeger 60 answers "$JAEGER_URL/api/services"
}
