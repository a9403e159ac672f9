# shellcheck shell=bash
# Helm, schemas and policies as Python packages, exactly those of requirements.txt, in the cache. CHART_PYTHON runs them.

chart_requirements=$CLONE/tests/chart/requirements.txt
chart_packages=chart-packages-$(sha256sum <"$chart_requirements" | cut -c 1-12)
CHART_PYTHON=$CACHE/$chart_packages/bin/python

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
