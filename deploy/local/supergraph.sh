#!/usr/bin/env bash
# Writes the five subgraph schemas as the services have them, and composes the supergraph from them.
# With --check nothing is written: it fails when a committed file is not what the code says.
set -euo pipefail
. "$(dirname "$0")/stack.sh"

schemas=$CLONE/supergraph/schemas
compose=$CLONE/supergraph/compose

need_build_tools
need_node
install_wanted
step "Schemas of the services"
build_binary
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
for service in "${SERVICES[@]}"; do
  "$built" schema "$service" >"$new/$service.graphql"
  if [[ ${1:-} == --check ]]; then
    diff -u "$schemas/$service.graphql" "$new/$service.graphql" ||
      fail "supergraph/schemas/$service.graphql is not what the code says" "make supergraph writes it anew; commit the result."
  else
    mkdir -p "$schemas"
    cp "$new/$service.graphql" "$schemas/"
  fi
done

step "Composition"
install_npm_packages "$compose"
node "$compose/compose.mjs" "$@"
