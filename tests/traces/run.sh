#!/usr/bin/env bash
# Traces of bookings, read back from the stack's Jaeger (make up JAEGER=1).
set -euo pipefail
. "$(dirname "$0")/../node.sh"

printenv JAEGER_URL >/dev/null || fail "the stack $STACK has no Jaeger: make up JAEGER=1"
step "Traces"
exec node --test --test-reporter=spec "$CLONE/tests/traces"/*.test.mjs
