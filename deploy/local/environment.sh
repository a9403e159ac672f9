# shellcheck shell=bash
# What the stack's processes, the tests and the demo are told, as a file of KEY=value lines:
#   set -a; . .local/main/environment; set +a

# The administrator's URL with another user and another database.
database_url_of() { # name, password
  local rest=${DATABASE_URL#*://} parameters=''
  rest=${rest##*@}
  [[ $rest != *\?* ]] || parameters="?${rest#*\?}"
  echo "postgres://$1:$2@${rest%%[/?]*}/$1$parameters"
}

write_environment() {
  DATABASE_URL=${DATABASE_URL:-postgres://postgres:$POSTGRES_PASSWORD@127.0.0.1:$POSTGRES_PORT/postgres}
  (
    umask 077
    {
      assignment STACK_ENVIRONMENT "$STACK_ENVIRONMENT"
      assignment STACK_PID_DIR "$STACK_PID_DIR"
      assignment STACK_LOG_DIR "$STACK_LOG_DIR"
      assignment EXCURSIONS_BINARY "$binary"
      assignment GATEWAY_PORT "$GATEWAY_PORT"
      assignment GATEWAY_URL "http://127.0.0.1:$GATEWAY_PORT"
      assignment GATEWAY_METRICS_PORT "$GATEWAY_METRICS_PORT"
      assignment PROMETHEUS_PORT "$PROMETHEUS_PORT"
      assignment PROMETHEUS_URL "http://127.0.0.1:$PROMETHEUS_PORT"
      assignment ROUTER "$ROUTER"
      assignment ROUTER_PORT "$ROUTER_PORT"
      assignment ROUTER_HEALTH_PORT "$ROUTER_HEALTH_PORT"
      assignment ROUTER_METRICS_PORT "$ROUTER_METRICS_PORT"
      assignment ROUTER_URL "$ROUTER_URL"
      assignment PLAYGROUND_DIR "$PLAYGROUND_DIR"
      assignment SERVICES_BIND 127.0.0.1
      local service port
      for service in "${SERVICES[@]}"; do
        port=${service^^}_PORT
        assignment "$port" "${!port}"
        assignment "${service^^}_URL" "http://127.0.0.1:${!port}"
        assignment "${service^^}_DATABASE_URL" "$(database_url_of "$service" "$(password_of "$service")")"
      done
      assignment DATABASE_URL "$DATABASE_URL"
      assignment TEST_DATABASE_URL "$DATABASE_URL"
      assignment KAFKA_BROKERS "$KAFKA_BROKERS"
      assignment USERS_SIGNING_KEY_FILE "$USERS_SIGNING_KEY_FILE"
      assignment ORDERS_SERVICE_KEY_FILE "$ORDERS_SERVICE_KEY_FILE"
      if [[ -n ${OTEL_EXPORTER_OTLP_ENDPOINT:-} ]]; then
        assignment OTEL_EXPORTER_OTLP_ENDPOINT "$OTEL_EXPORTER_OTLP_ENDPOINT"
        assignment OTEL_TRACES_SAMPLER "${OTEL_TRACES_SAMPLER:-parentbased_always_on}"
        assignment OTEL_TRACES_SAMPLER_ARG "${OTEL_TRACES_SAMPLER_ARG:-1}"
      fi
      [[ -z $JAEGER ]] || assignment JAEGER_URL "$JAEGER_URL"
      assignment OPERATOR_EMAIL "$OPERATOR_EMAIL"
      assignment OPERATOR_PASSWORD "$OPERATOR_PASSWORD"
    } >"$STACK_ENVIRONMENT.new"
  )
  mv "$STACK_ENVIRONMENT.new" "$STACK_ENVIRONMENT"
}

assignment() { # key, value
  printf '%s=%q\n' "$1" "$2"
}

load_environment() {
  [[ -s $STACK_ENVIRONMENT ]] || fail "the stack $STACK does not run: make up"
  set -a
  # shellcheck source=/dev/null
  . "$STACK_ENVIRONMENT"
  set +a
}
