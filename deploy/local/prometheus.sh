# shellcheck shell=bash
# Prometheus: found on the PATH, else Debian's package, with the scripts that its pages need, unpacked into the cache.
# Installed it would be a system service, and begin to scrape the machine.

prometheus_packages=(
  prometheus fonts-glyphicons-halflings libjs-bootstrap4 libjs-d3 libjs-eonasdan-bootstrap-datetimepicker libjs-jquery
  libjs-jquery-hotkeys libjs-moment libjs-moment-timezone libjs-mustache libjs-popper.js libjs-rickshaw
)
prometheus_root=$CACHE/prometheus
prometheus_dir=$STACK_DIR/prometheus
prometheus='' promtool='' # the programs

# shellcheck disable=SC2034 # promtool is for tests/metrics
install_prometheus() {
  if prometheus=$(command -v prometheus) && promtool=$(command -v promtool); then return; fi
  cached "$(basename "$prometheus_root")" usr/bin/prometheus unpack_prometheus
  prometheus=$prometheus_root/usr/bin/prometheus
  promtool=$prometheus_root/usr/bin/promtool
}

unpack_prometheus() { # folder
  command -v apt-get >/dev/null || fail "prometheus is missing" "This machine has no apt-get: install Prometheus and run again."
  step "Fetching Prometheus"
  local log=$STACK_LOG_DIR/packages.log package
  mkdir -p "$STACK_LOG_DIR" "$1/packages"
  if ! download_packages "$1/packages" "${prometheus_packages[@]}" >"$log" 2>&1; then
    note "refreshing the package lists"
    as_root apt-get update >"$log" 2>&1 || { tail_of "$log"; fail "apt-get update failed"; }
    download_packages "$1/packages" "${prometheus_packages[@]}" >>"$log" 2>&1 ||
      { tail_of "$log"; fail "fetching Prometheus failed"; }
  fi
  for package in "$1"/packages/*.deb; do dpkg-deb --extract "$package" "$1"; done
  rm -r "$1/packages"
}

download_packages() { # folder, package...
  (cd "$1" && apt-get download "${@:2}")
}

# The configuration that is the same everywhere, and beside it what only this stack has: where its processes are.
write_prometheus_settings() {
  mkdir -p "$prometheus_dir"
  cp "$CLONE/deploy/prometheus/prometheus.yml" "$prometheus_dir/"
  ln -sfn "$CLONE/deploy/prometheus/alerts" "$prometheus_dir/alerts"
  local service port
  {
    for service in "${SERVICES[@]}"; do
      port=${service^^}_PORT
      scrape_target "$service" "${!port}"
    done
    scrape_target gateway "$GATEWAY_METRICS_PORT"
    # What a router is that runs already nobody knows.
    [[ -n $GIVEN_ROUTER ]] || scrape_target router "$("${ROUTER}_metrics_port")"
  } >"$prometheus_dir/targets.yaml"
}

scrape_target() { # job, port
  printf -- '- targets: ["127.0.0.1:%s"]\n  labels: { job: %s }\n' "$2" "$1"
}

start_prometheus() {
  write_prometheus_settings
  local pages=() own=$prometheus_root/usr/share/prometheus/web/
  [[ $prometheus != "$prometheus_root"/* ]] || pages=(--web.local-assets="$own")
  start_process prometheus TERM "$prometheus" --config.file="$prometheus_dir/prometheus.yml" \
    --storage.tsdb.path="$prometheus_dir/data" --storage.tsdb.retention.time=3d \
    --web.listen-address="127.0.0.1:$PROMETHEUS_PORT" "${pages[@]}"
}

wait_for_prometheus() {
  wait_until_ready prometheus 30 answers "http://127.0.0.1:$PROMETHEUS_PORT/-/ready"
}
