#!/usr/bin/env bash
# Real clients subscribe: graphql-ws and graphql-sse on Node.js, gql on Python.
set -euo pipefail
. "$(dirname "$0")/../node.sh"

. "$CLONE/tests/python.sh"

step "Subscriptions"
cd "$CLONE/tests/subscriptions"
"$PYTHON_PACKAGES/bin/python" -m unittest gql_test
exec node --test --test-reporter=spec ./*.test.mjs
