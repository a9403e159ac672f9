# shellcheck shell=bash
# The router: ROUTER says which (apollo-router.sh, hive-router.sh), ROUTER_BINARY a program to run as it, and ROUTER_URL
# one that runs already.

router_bin=''

find_router() {
  local candidate
  if [[ -n ${ROUTER_BINARY:-} ]]; then
    router_bin=$(command -v "$ROUTER_BINARY") || fail "ROUTER_BINARY=$ROUTER_BINARY is not a program"
    return
  fi
  for candidate in "$("${ROUTER}_on_path")" "$CACHE/$("${ROUTER}_entry")/$("${ROUTER}_file")"; do
    [[ -x $candidate ]] && "${ROUTER}_is_ours" "$candidate" && router_bin=$candidate && return
  done
  return 1
}

install_router() {
  [[ -z $GIVEN_ROUTER ]] || return 0
  find_router || { cached "$("${ROUTER}_entry")" "$("${ROUTER}_file")" "${ROUTER}_get" && find_router; } ||
    fail "no router: ROUTER=$ROUTER"
}

# The build's own folder outlives an interruption, so that a second try goes on where the first one stopped.
build_router() { # crate, version, folder, further arguments of cargo install...
  local crate=$1 version=$2 folder=$3
  shift 3
  step "Building $crate $version from crates.io: about 20 minutes on two cores, once"
  CARGO_TARGET_DIR=$CACHE/$crate-build logged "building $crate" "$STACK_LOG_DIR/$crate-build.log" \
    cargo install "$crate" --version "$version" --locked --no-track --root "$folder" "$@"
  rm -rf "$CACHE/$crate-build"
}

# The part of traces that begin at the router and are sampled, as OTEL_TRACES_SAMPLER says; what a client decided holds.
router_sampler() {
  case ${OTEL_TRACES_SAMPLER:-} in
    *always_off) echo 0.0 ;;
    *traceidratio) echo "${OTEL_TRACES_SAMPLER_ARG:-1.0}" ;;
    *) echo 1.0 ;;
  esac
}

start_router() {
  "${ROUTER}_start"
}

wait_for_router() {
  wait_until_ready router 60 answers "$("${ROUTER}_ready_url")"
}
