# shellcheck shell=bash
# What the package manager brings, when a command is missing: nothing is installed that is there already.

wanted=() # Debian packages to install, gathered by need

need() { # command, package...
  command -v "$1" >/dev/null || wanted+=("${@:2}")
}

need_build_tools() {
  need gcc gcc libc6-dev
  need g++ g++
  need make make
  need pkg-config pkg-config
  [[ -e /usr/include/zlib.h ]] || wanted+=(zlib1g-dev) # for librdkafka
  need curl curl ca-certificates
}

need_node() {
  local version
  version=$(node --version 2>/dev/null || true) # v20.1.0
  version=${version#v}
  ((${version%%.*} >= NODE_OLDEST)) 2>/dev/null || wanted+=(nodejs)
  need npm npm
}

need_python() {
  # Debian has what makes virtual environments in a package of its own.
  python3 -c 'import ensurepip, venv' 2>/dev/null || wanted+=(python3 python3-venv)
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends install "$@"
}

# Debian's PostgreSQL makes and starts a server of its own on 5432 when it is installed, unless it is told not to.
without_default_cluster() { # command...
  local folder=/etc/postgresql-common/createcluster.d status=0
  as_root mkdir -p "$folder"
  echo 'create_main_cluster = false' | as_root tee "$folder/excursions.conf" >/dev/null
  "$@" || status=$?
  as_root rm -f "$folder/excursions.conf"
  return "$status"
}

install_wanted() {
  ((${#wanted[@]})) || return 0
  command -v apt-get >/dev/null ||
    fail "missing: ${wanted[*]}" "This machine has no apt-get: install these (names as in Debian) and run again."
  step "Installing ${wanted[*]}"
  # In the foreground: sudo may ask for a password on the terminal.
  ((EUID == 0)) || { command -v sudo >/dev/null && sudo -v; } ||
    fail "missing: ${wanted[*]}" "Neither root nor sudo here. Have them installed: apt-get install ${wanted[*]}"
  local log=$STACK_LOG_DIR/packages.log install=(apt_install)
  [[ " ${wanted[*]} " != *" postgresql "* ]] || install=(without_default_cluster apt_install)
  mkdir -p "$STACK_LOG_DIR"
  if ! "${install[@]}" "${wanted[@]}" >"$log" 2>&1; then
    note "refreshing the package lists"
    as_root apt-get update >"$log" 2>&1 || { tail_of "$log"; fail "apt-get update failed"; }
    "${install[@]}" "${wanted[@]}" >>"$log" 2>&1 || { tail_of "$log"; fail "installing ${wanted[*]} failed"; }
  fi
  wanted=()
}
