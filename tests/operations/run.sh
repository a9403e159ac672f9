#!/usr/bin/env bash
# What docs/operations says, done: releases and their migrations, the model of sizes, and on a stack of its own a backup
# under load, a restore to a moment, new keys, and a schema that grows under the running binary.
set -euo pipefail
export STACK=drill PORT_OFFSET=11000
. "$(dirname "$0")/../../deploy/local/stack.sh"
. "$CLONE/tests/operations/restore.sh"
. "$CLONE/tests/operations/expand.sh"

need_node
install_wanted
install_npm_packages "$CLONE/tests"
step "Releases and sizes"
node --test --test-reporter=spec "$CLONE"/tests/operations/{releases,scale}.test.mjs

load=''
receiver=''
finish() {
  local status=$?
  set +e
  trap '' INT TERM
  [[ -z $load ]] || kill "$load" 2>/dev/null
  [[ -z $receiver ]] || kill "$receiver" 2>/dev/null
  if ((status == 0)); then "$CLONE/deploy/local/clean.sh" "$STACK"; else "$CLONE/deploy/local/down.sh"; fi
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

"$CLONE/deploy/local/clean.sh" "$STACK"
"$CLONE/deploy/local/up.sh" --detach
load_environment
exec 3>>"$STACK_LOG_DIR/restarts.log"
bookings=$STACK_DIR/bookings

begin_booking() { # file
  : >"$1"
  node "$CLONE/tests/operations/bookings.mjs" >"$1" 2>"$STACK_LOG_DIR/bookings.log" &
  load=$!
}

end_booking() {
  kill "$load"
  wait "$load" || { tail_of "$STACK_LOG_DIR/bookings.log"; fail "a booking failed"; }
  load=''
}

has_lines() { # file, count
  kill -0 "$load" 2>/dev/null || { tail_of "$STACK_LOG_DIR/bookings.log"; fail "a booking failed"; }
  (($(wc -l <"$1") >= $2))
}

wait_until() { # what, command...
  local what=$1 end=$((SECONDS + 90))
  shift
  until "$@"; do
    ((SECONDS < end)) || fail "$what did not come within 90 s"
    sleep 0.1
  done
}

audit() {
  AUDIT_PATIENCE_SECONDS=60 "$binary" audit
}

restore_under_load
expand_under_load
restore_one_alone
