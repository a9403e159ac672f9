# shellcheck shell=bash
# The Python client's packages, exactly those of requirements.txt, in the cache.

install_python_packages() { # folder
  step "Installing the packages of the Python client"
  python3 -m venv "$1"
  logged "pip install" "$STACK_LOG_DIR/pip.log" \
    "$1/bin/python" -m pip install --require-hashes --only-binary :all: --requirement "$CLONE/tests/requirements.txt"
  touch "$1/complete"
}

PYTHON_PACKAGES=$CACHE/python-packages-$(sha256sum <"$CLONE/tests/requirements.txt" | cut -c 1-12)
export PYTHON_PACKAGES
need_python
install_wanted
cached "$(basename "$PYTHON_PACKAGES")" complete install_python_packages
