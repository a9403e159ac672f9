#!/usr/bin/env bash
# The API against its contract: nothing that clients rely on is gone or otherwise; everything is described; nothing
# internal is shown.
set -euo pipefail
. "$(dirname "$0")/../node.sh"

step "The API against its contract"
cd "$CLONE/tests"
# It lists every description that was added: of interest only where something else is wrong.
differences=$(node_modules/.bin/graphql-inspector diff ../supergraph/contract.graphql ../supergraph/api.graphql \
  --rule ignoreDescriptionChanges 2>&1) || { echo "$differences" >&2; fail "supergraph/api.graphql breaks the contract"; }
exec node --test --test-reporter=spec contract/*.test.mjs
