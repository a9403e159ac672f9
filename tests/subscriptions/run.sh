#!/usr/bin/env bash
# Real clients subscribe: graphql-ws and graphql-sse on Node.js, gql on Python.
set -euo pipefail
. "$(dirname "$0")/../node.sh"

suite=$CLONE/tests/subscriptions

# The Python packages, exactly those of requirements.txt, in the cache.
install_python_packages() { # folder
  step "Installing the packages of the Python client"
  python3 -m venv "$1"
  logged "pip install" "$STACK_LOG_DIR/pip.log" \
    "$1/bin/python" -m pip install --require-hashes --only-binary :all: --requirement "$suite/requirements.txt"
  touch "$1/complete"
}

need_python
install_wanted
packages=python-packages-$(sha256sum <"$suite/requirements.txt" | cut -c 1-12)
cached "$packages" complete install_python_packages
step "Subscriptions"
(cd "$suite" && "$CACHE/$packages/bin/python" -m unittest gql_test)
exec node --test --test-reporter=spec "$suite"/*.test.mjs
