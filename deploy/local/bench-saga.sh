#!/usr/bin/env bash
# Measures the orchestrator against the same bookings in SQL by hand, on a PostgreSQL of its own that starts empty and
# is stopped at the end. Prints the table that docs/performance.md holds; arguments go to the program (--help).
set -euo pipefail
export STACK=bench PORT_OFFSET=${PORT_OFFSET:-5000}
. "$(dirname "$0")/stack.sh"

need_build_tools
need_postgres
install_wanted
step "Building"
# As it is shipped: what is measured against it, pgbench, is so, too.
cargo build --release --package bench

mkdir -p "$STACK_DIR"
forget_other_boots
trap stop_stack EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
exec 3>&2
load_secrets
if [[ -z $GIVEN_POSTGRES ]]; then
  require_free_ports POSTGRES_PORT
  start_postgres
  DATABASE_URL=postgres://postgres:$POSTGRES_PASSWORD@127.0.0.1:$POSTGRES_PORT/postgres
fi
wait_for_postgres
export DATABASE_URL
PATH=${postgres_bin:+$postgres_bin:}$PATH "${CARGO_TARGET_DIR:-$CLONE/target}/release/bench-saga" "$@"
