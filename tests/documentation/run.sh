#!/usr/bin/env bash
# docs/api.md: sends every request on it, and compares the answers with those that it shows.
set -euo pipefail
. "$(dirname "$0")/../node.sh"
. "$CLONE/tests/python.sh"

need curl curl ca-certificates
need jq jq
install_wanted
step "What docs/api.md says"
exec node --test --test-reporter=spec "$CLONE/tests/documentation"/*.test.mjs
