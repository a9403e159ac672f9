# shellcheck shell=bash
# What every suite of real clients begins with: the stack that runs (STACK names it), Node.js, and the packages of
# package-lock.json. GATEWAY_URL in the environment names another public origin in front of the same stack.

. "$(dirname "$0")/../../deploy/local/stack.sh"

given_gateway=${GATEWAY_URL:-}
load_environment
GATEWAY_URL=${given_gateway:-$GATEWAY_URL}
need_node
install_wanted
install_npm_packages "$CLONE/tests"
