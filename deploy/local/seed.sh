#!/usr/bin/env bash
# Publishes a catalogue to play with on the running stack. Safe to repeat.
set -euo pipefail
. "$(dirname "$0")/stack.sh"

forget_other_boots
grep -qx gateway <(running) || fail "the stack $STACK does not run" "Start it in another terminal: make up"
load_environment
exec cargo run --quiet --bin seed
