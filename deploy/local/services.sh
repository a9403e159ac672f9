# shellcheck shell=bash
# The one binary: built, and run once a service and once as the gateway.

built=''                      # what cargo made
binary=$STACK_DIR/excursions  # the copy that runs: it stays what was started, whatever is built meanwhile

build_binary() {
  command -v cargo >/dev/null || fail "cargo is missing" "Install Rust: https://rustup.rs"
  local messages=$STACK_LOG_DIR/build.json
  mkdir -p "$STACK_LOG_DIR"
  interruptible cargo build --bin excursions --message-format json-render-diagnostics >"$messages" || fail "the build failed"
  built=$(sed -n 's:.*"executable"\:"\([^"]*/excursions\)".*:\1:p' "$messages")
}

copy_binary() {
  cmp --silent "$built" "$binary" || { cp "$built" "$binary.new" && mv "$binary.new" "$binary"; }
}

migrate() {
  logged "excursions migrate" "$STACK_LOG_DIR/migrate.log" "$binary" migrate
}

start_services() {
  local service
  for service in "${SERVICES[@]}"; do
    start_process "$service" TERM "$binary" serve "$service"
  done
}

wait_for_services() {
  local service port
  for service in "${SERVICES[@]}"; do
    port=${service^^}_PORT
    wait_until_ready "$service" 60 answers "http://127.0.0.1:${!port}/health/ready"
  done
}

start_gateway() {
  start_process gateway TERM "$binary" gateway
}

wait_for_gateway() {
  wait_until_ready gateway 30 answers "http://127.0.0.1:$GATEWAY_PORT/health/ready"
}
