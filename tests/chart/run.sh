#!/usr/bin/env bash
# Image, compose file and chart, as far as that goes without Docker and without a cluster: it needs no stack.
set -euo pipefail
. "$(dirname "$0")/../../deploy/local/stack.sh"
. "$CLONE/tests/chart/requirements.sh"

step "Image, compose file and chart"
cd "$CLONE/tests/chart"
exec "$CHART_PYTHON" -m pytest "$@"
