#!/usr/bin/env bash
# Image, compose file and chart, as far as that goes without Docker and without a cluster: it needs no stack.
set -euo pipefail
. "$(dirname "$0")/../../deploy/local/stack.sh"

chart_requirements=$CLONE/tests/chart/requirements.txt
chart_packages=chart-packages-$(sha256sum <"$chart_requirements" | cut -c 1-12)

install_chart_packages() { # folder
  step "Installing what checks the chart"
  python3 -m venv "$1"
  logged "pip install" "$STACK_LOG_DIR/pip.log" \
    "$1/bin/python" -m pip install --require-hashes --only-binary :all: --requirement "$chart_requirements"
  touch "$1/complete"
}

need_python
install_wanted
cached "$chart_packages" complete install_chart_packages
step "Image, compose file and chart"
cd "$CLONE/tests/chart"
exec "$CACHE/$chart_packages/bin/python" -m pytest "$@"
