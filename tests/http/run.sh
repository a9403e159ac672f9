#!/usr/bin/env bash
# GraphQL over HTTP: the audits of graphql-http on every service, the router and the public origin, and what the public
# origin makes of Accept.
set -euo pipefail
. "$(dirname "$0")/../node.sh"

step "GraphQL over HTTP"
exec node --test --test-reporter=spec "$CLONE/tests/http"/*.test.mjs
