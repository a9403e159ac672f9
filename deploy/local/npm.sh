# shellcheck shell=bash
# The npm packages of a folder, exactly those of its package-lock.json.

install_npm_packages() { # folder
  [[ $1/node_modules/.package-lock.json -nt $1/package-lock.json ]] ||
    logged "npm ci in ${1#"$CLONE"/}" "$STACK_LOG_DIR/npm.log" npm ci --prefix "$1" --no-audit --no-fund
}
