#!/usr/bin/env bash
# What traces cost: bookings a second through the router with none, with a tenth of them sampled, and with all, in turns, on
# a stack of its own. Jaeger runs on the same machine.
#
# usage: bench-traces.sh [ROUNDS [SECONDS]]   3 rounds of 10 seconds unless told
set -euo pipefail
export STACK=bench-traces PORT_OFFSET=${PORT_OFFSET:-5000}
. "$(dirname "$0")/stack.sh"

scripts=$CLONE/deploy/local rounds=${1:-3} seconds=${2:-10}
trap '"$scripts/down.sh" >/dev/null' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Bookings a second, with what the environment says of traces.
measured() { # setting...
  env "$@" "$scripts/up.sh" --detach >"$STACK_LOG_DIR/up.log" 2>&1 || { tail_of "$STACK_LOG_DIR/up.log"; fail "the stack does not start"; }
  (load_environment && cargo run --quiet --bin bookings -- "$seconds") || fail "the bookings failed"
  "$scripts/down.sh" >/dev/null
}

mkdir -p "$STACK_LOG_DIR"
printf '%8s %10s %10s %10s\n' round none 'a tenth' all
for ((round = 1; round <= rounds; round++)); do
  none=$(measured JAEGER=)
  tenth=$(measured JAEGER=1 OTEL_TRACES_SAMPLER=parentbased_traceidratio OTEL_TRACES_SAMPLER_ARG=0.1)
  all=$(measured JAEGER=1)
  printf '%8s %10s %10s %10s\n' "$round" "$none" "$tenth" "$all"
done
