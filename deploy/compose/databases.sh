#!/usr/bin/env bash
# A role and a database for each service, when the server starts on an empty volume.
set -euo pipefail

for service in users billing excursions orders notifications; do
  psql --username postgres --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set name="$service" --set password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
