#!/usr/bin/env bash
# How much room a booking's rows take, with their indexes, on the stack of the environment. The more bookings it has, the
# more exact: a table's first pages count as well. Prints the table that docs/performance.md holds.
#   (set -a; . .local/main/environment; set +a; bench/row-sizes.sh)
set -euo pipefail

# table, rows that a booking of 1.5 seats writes, how long they are kept
tables() {
  cat <<'TABLES'
orders.orders                 1    for good
orders.tickets                1.5  for good
orders.sagas                  1    30 days
orders.saga_journal           6    30 days
billing.transfers             1    for good
billing.payments              1    for good
excursions.reservations       1    for good
notifications.notifications   1    for good
notifications.inbox           3    45 days
notifications.feed_entries    4    7 days
TABLES
}

echo '| table | bytes a row | rows a booking | kept |'
echo '|---|---|---|---|'
while read -r name rows kept; do
  database=${name%%.*} table=${name#*.}
  url=${database^^}_DATABASE_URL
  bytes=$(psql "${!url:?is not set: load the environment of a stack}" --no-psqlrc --tuples-only --no-align \
    --command "SELECT round(pg_total_relation_size('$table')::numeric / nullif(count(*), 0)) FROM $table" </dev/null)
  echo "| $name | $bytes | $rows | $kept |"
done < <(tables)
