#!/usr/bin/env bash
# Plays the story against the running stack.
set -euo pipefail
. "$(dirname "$0")/stack.sh"

forget_other_boots
grep -qx gateway <(running) || fail "the stack $STACK does not run" "Start it in another terminal: make up"
load_environment
# In the selection of packages that the binary was built in: nothing is compiled again.
exec cargo run --quiet --bin demo
