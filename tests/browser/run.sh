#!/usr/bin/env bash
# The browser tests, against the stack that runs (STACK names it). Installs Chromium and Node.js when they are missing.
#
# usage: run.sh [PICTURE]   PICTURE: where to keep the playground's picture
set -euo pipefail
picture=${1:+$(realpath "$1")}
. "$(dirname "$0")/../../deploy/local/stack.sh"

browser_tests=$CLONE/tests/browser

load_environment
[[ -n ${CHROMIUM:-} ]] || need chromium chromium
need_node
install_wanted
install_npm_packages "$browser_tests"
step "Browser tests"
CHROMIUM=${CHROMIUM:-$(command -v chromium)}
export CHROMIUM PICTURE=$picture
exec node --test --test-reporter=spec "$browser_tests"/*.test.mjs
