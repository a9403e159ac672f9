#!/usr/bin/env bash
# What can be said without running anything: formatting, clippy, dependencies, shell scripts.
set -euo pipefail
. "$(dirname "$0")/stack.sh"

need_build_tools
install_wanted
step "cargo fmt"
cargo fmt --all --check
step "cargo clippy"
cargo clippy --workspace --all-targets -- -D warnings
if cargo deny --version >/dev/null 2>&1; then
  step "cargo deny"
  cargo deny --log-level warn check bans licenses sources
fi
if command -v shellcheck >/dev/null; then
  step "shellcheck"
  mapfile -t scripts < <(grep -l '^#!' deploy/local/*.sh)
  shellcheck --external-sources --source-path SCRIPTDIR:deploy/local --check-sourced "${scripts[@]}" tests/*/run.sh deploy/compose/*.sh .ci/run
fi
