#!/usr/bin/env bash
# docs/asyncapi.yaml: whether it is valid, and whether the records on the stack's topics are as it says.
set -euo pipefail
. "$(dirname "$0")/../node.sh"

step "Events against docs/asyncapi.yaml"
exec node --test --test-reporter=spec "$CLONE/tests/events"/*.test.mjs
