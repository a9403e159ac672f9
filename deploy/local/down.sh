#!/usr/bin/env bash
# Stops the stack, whoever started it: up.sh --detach, or up.sh in another terminal.
set -euo pipefail
. "$(dirname "$0")/stack.sh"

forget_other_boots
if [[ -z $(running) ]]; then
  note "the stack $STACK does not run"
else
  step "Stopping"
  stop_stack
fi
