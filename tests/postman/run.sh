#!/usr/bin/env bash
# Runs the Postman collection against the public origin of the stack that runs (STACK names it), or of GATEWAY_URL.
set -euo pipefail
. "$(dirname "$0")/../node.sh"

step "Postman collection against $GATEWAY_URL"
exec node "$CLONE/tests/postman/run.mjs"
