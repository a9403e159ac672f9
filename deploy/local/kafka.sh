# shellcheck shell=bash
# Apache Kafka: one process that is broker and controller (KRaft), from the project's own jars.

kafka_pom=$CLONE/deploy/local/kafka/pom.xml
kafka_version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$kafka_pom")
kafka_home=$CACHE/kafka-$kafka_version
kafka_data=$STACK_DIR/kafka
kafka_settings=$STACK_DIR/kafka.properties

has_java() {
  local version
  version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p')
  ((${version:-0} >= JAVA_OLDEST))
}

need_kafka() {
  [[ -z $GIVEN_KAFKA ]] || return 0
  has_java || wanted+=("openjdk-$JAVA_OLDEST-jre-headless")
  [[ -e $kafka_home/complete ]] || need mvn maven
}

install_kafka() {
  [[ -z $GIVEN_KAFKA ]] || return 0
  cached "kafka-$kafka_version" complete fetch_kafka
}

fetch_kafka() { # folder
  step "Fetching Apache Kafka $kafka_version"
  logged "fetching Apache Kafka" "$STACK_LOG_DIR/kafka-install.log" \
    mvn --batch-mode --strict-checksums --file "$kafka_pom" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$1/libs"
  touch "$1/complete"
}

kafka_java() { # class, arguments...
  kafka_command=(java -Xms128m -Xmx512m -cp "$CLONE/deploy/local/kafka:$kafka_home/libs/*" -Djava.awt.headless=true "$@")
}

write_kafka_settings() {
  cat >"$kafka_settings" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$KAFKA_CONTROLLER_PORT
listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT,CONTROLLER://127.0.0.1:$KAFKA_CONTROLLER_PORT
advertised.listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=$kafka_data

# Topics are made by excursions migrate, never by a misspelt name.
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0

# One broker is all there is.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
log.cleaner.dedupe.buffer.size=16777216
PROPERTIES
}

format_kafka() {
  [[ -s $kafka_data/meta.properties ]] && return
  rm -rf "$kafka_data"
  kafka_java kafka.tools.StorageTool format --config "$kafka_settings" \
    --cluster-id "$(head -c 16 /dev/urandom | base64 | tr '+/' 'ab' | tr -d '=')"
  logged "formatting Kafka's storage" "$STACK_LOG_DIR/kafka-format.log" "${kafka_command[@]}"
}

start_kafka() {
  write_kafka_settings
  format_kafka
  kafka_java kafka.Kafka "$kafka_settings"
  start_process kafka TERM "${kafka_command[@]}"
}

wait_for_kafka() {
  if [[ -n $GIVEN_KAFKA ]]; then
    accepts "${KAFKA_BROKERS%%,*}" || fail "no broker answers at KAFKA_BROKERS=$KAFKA_BROKERS"
  else
    wait_until_ready kafka 60 accepts "127.0.0.1:$KAFKA_PORT"
  fi
}
