# shellcheck shell=bash
# docs/operations/backup.md: a base backup and the log while bookings go on, the loss of the server, its restore to a moment
# in the middle, consumers sent back; and docs/operations/keys.md on the way, for all services start again.

restore_under_load() {
  find_postgres
  become_postgres
  choose_postgres_data
  backup=$(dirname "$postgres_data")/backup
  mkdir "$backup"
  ((EUID != 0)) || chown "$(postgres_user)" "$backup"

  step "Backing up while bookings go on"
  begin_booking "$bookings"
  keep_the_log
  wait_until "the first bookings" has_lines "$bookings" 30
  logged "the base backup" "$STACK_LOG_DIR/backup.log" \
    "${as_postgres[@]}" "$postgres_bin/pg_basebackup" --dbname "$DATABASE_URL" --pgdata "$backup/base" --checkpoint fast
  "${as_postgres[@]}" "$postgres_bin/pg_verifybackup" --quiet "$backup/base"
  wait_until "bookings behind the backup" has_lines "$bookings" $(($(wc -l <"$bookings") + 30))
  before=$(wc -l <"$bookings")
  moment=$(sql --command "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"')")
  wait_until "bookings behind the moment" has_lines "$bookings" $((before + 60))
  end_booking
  end_the_log

  step "Losing the server, and restoring it to $moment"
  stop_processes "${SERVICES[@]}"
  stop_processes postgres
  rm -rf "$postgres_data"
  restore_to "$moment"
  note "$("$binary" rewind "$moment" --dry-run | grep -c ^undone:) events tell of what is undone"
  wait_until "consumers to be gone" rewind

  step "Starting again, with other keys"
  change_keys
  start_services
  wait_for_services
  wait_for_gateway
  audit
  BOOKINGS=$bookings BEFORE=$before node --test --test-reporter=spec "$CLONE/tests/operations/restored.test.mjs"
  audit
}

# The log of all changes, as it is written, into a folder: what an archive does.
keep_the_log() {
  local receive=("${as_postgres[@]}" "$postgres_bin/pg_receivewal" --dbname "$DATABASE_URL" --directory "$backup/log" --slot archive)
  "${as_postgres[@]}" mkdir "$backup/log"
  "${receive[@]}" --create-slot
  "${receive[@]}" >"$STACK_LOG_DIR/receivewal.log" 2>&1 &
  receiver=$!
}

# A file of the log is of use when it is whole.
end_the_log() {
  local last
  last=$(sql --command "SELECT pg_walfile_name(pg_switch_wal())")
  wait_until "the end of the log" test -e "$backup/log/$last"
  kill "$receiver"
  wait "$receiver" || true
  receiver=''
}

restore_to() { # moment
  mv "$backup/base" "$postgres_data"
  cat >>"$postgres_data/postgresql.auto.conf" <<CONF
restore_command = 'cp "$backup/log/%f" "%p"'
recovery_target_time = '$1'
recovery_target_action = 'promote'
CONF
  "${as_postgres[@]}" touch "$postgres_data/recovery.signal"
  start_postgres
  wait_for_postgres
  wait_until "the end of the recovery" recovered
}

recovered() {
  [[ $(sql --command "SELECT pg_is_in_recovery()" 2>/dev/null) == f ]]
}

rewind() {
  "$binary" rewind "$moment" 2>>"$STACK_LOG_DIR/rewind.log"
}

# The new key signs, and the old one's tokens hold. Nobody was asked for keys in between, so it need not be announced.
change_keys() {
  local of
  for of in users orders; do
    (umask 077 && "$binary" keygen >"$STACK_DIR/keys/$of-next.pem")
  done
  export USERS_ACCEPTED_KEY_FILES=$USERS_SIGNING_KEY_FILE USERS_SIGNING_KEY_FILE=$STACK_DIR/keys/users-next.pem
  export ORDERS_ACCEPTED_KEY_FILES=$ORDERS_SERVICE_KEY_FILE ORDERS_SERVICE_KEY_FILE=$STACK_DIR/keys/orders-next.pem
}

# What must not be done: one database goes back alone. The audit has to tell.
restore_one_alone() {
  local told
  step "Restoring billing alone"
  "$postgres_bin/pg_dump" --dbname "$BILLING_DATABASE_URL" --format custom --file "$STACK_DIR/billing.dump"
  begin_booking "$bookings.lost"
  wait_until "bookings behind the dump" has_lines "$bookings.lost" 20
  end_booking
  audit
  stop_processes "${SERVICES[@]}"
  "$postgres_bin/pg_restore" --dbname "$BILLING_DATABASE_URL" --clean --if-exists --single-transaction "$STACK_DIR/billing.dump"
  if told=$(AUDIT_PATIENCE_SECONDS=0 "$binary" audit); then fail "the audit finds nothing" "$told"; fi
  grep -q 'is CONFIRMED at .*: charged 0, refunded 0$' <<<"$told" || fail "the audit does not tell of unpaid orders" "$told"
  note "${told##*$'\n'}"
}
