#!/usr/bin/env bash
# Fills the five databases of the environment, migrated and not filled before, with orders that all invariants hold for:
#   (set -a; . .local/main/environment; set +a; bench/fill.sh 1000000)
# 90 of 100 orders are confirmed, 5 rejected, 5 cancelled; a customer has 20, a departure 200. The youngest tenth has its
# sagas, as if retention had taken the others.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/fill"

orders=${1:?how many orders}
for service in users billing excursions orders notifications; do
  database=${service^^}_DATABASE_URL
  began=$SECONDS
  psql "${!database:?is not set: load the environment of a stack}" --quiet --no-psqlrc \
    --set ON_ERROR_STOP=1 --set orders="$orders" --single-transaction --file common.sql --file "$service.sql"
  psql "${!database}" --quiet --no-psqlrc --command "SET client_min_messages = error" --command "VACUUM ANALYZE"
  echo "$service: $((SECONDS - began)) s"
done
