#!/usr/bin/env bash
# Everything that is tested, against a stack of its own (STACK=test) that starts empty and is stopped at the end
# whatever happened.
set -euo pipefail
export STACK=test
. "$(dirname "$0")/stack.sh"

# Traces are tested where Jaeger can be had.
if can_have_jaeger; then
  export JAEGER=1
else
  note "no Go 1.$GO_OLDEST or newer: traces are not tested"
fi

scripts=$CLONE/deploy/local
finish() {
  local status=$? log
  # A machine that is gone afterwards keeps no logs.
  if ((status != 0)) && [[ -n ${CI:-} ]]; then
    for log in "$STACK_LOG_DIR"/*.log; do tail_of "$log"; done
  fi
  "$scripts/down.sh"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

"$scripts/lint.sh"
"$scripts/supergraph.sh" --check
"$CLONE/tests/chart/run.sh"
"$scripts/clean.sh" test
# Of traces only what a test begins as such is sampled: the rest costs little.
OTEL_TRACES_SAMPLER=parentbased_always_off "$scripts/up.sh" --detach
load_environment
step "cargo test"
cargo test --workspace --no-fail-fast
"$CLONE/tests/browser/run.sh"
"$CLONE/tests/contract/run.sh"
"$CLONE/tests/http/run.sh"
"$CLONE/tests/postman/run.sh"
"$CLONE/tests/subscriptions/run.sh"
"$CLONE/tests/documentation/run.sh"
[[ -z $JAEGER ]] || "$CLONE/tests/traces/run.sh"
"$CLONE/tests/metrics/run.sh"
# On a stack of its own, while this one rests.
"$CLONE/tests/operations/run.sh"
# The last: it looks at all that the others had published.
"$CLONE/tests/events/run.sh"

# The same graph behind the other router.
"$scripts/down.sh"
unset JAEGER
ROUTER=hive "$scripts/up.sh" --detach
load_environment
[[ $ROUTER == hive ]] || fail "the stack runs behind $ROUTER"
step "cargo test: end to end, behind Hive Router"
# In the selection of packages that everything was built in: nothing is compiled again.
cargo test --workspace --no-fail-fast --test end_to_end
cargo test --workspace --no-fail-fast --test faults partial_answers
"$CLONE/tests/browser/run.sh"
"$CLONE/tests/http/run.sh"
"$CLONE/tests/postman/run.sh"
