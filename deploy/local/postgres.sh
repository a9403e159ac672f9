# shellcheck shell=bash
# PostgreSQL: the server's programs, a data directory of the stack's own, and the five roles and databases.

postgres_bin='' # the folder with initdb, postgres and psql

postgres_version() { # folder
  "$1/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/'
}

find_postgres() {
  local folder version best=0
  for folder in /usr/lib/postgresql/*/bin "$(dirname "$(readlink -f "$(command -v postgres)")")"; do
    [[ -x $folder/initdb && -x $folder/postgres && -x $folder/psql ]] || continue
    version=$(postgres_version "$folder")
    ((version >= POSTGRES_OLDEST && version > best)) && best=$version postgres_bin=$folder
  done
  [[ -n $postgres_bin ]]
}

need_postgres() {
  if [[ -n $GIVEN_POSTGRES ]]; then
    need psql postgresql-client
  else
    find_postgres || wanted+=(postgresql)
  fi
}

# PostgreSQL refuses to run as root. Then it runs as another user, who must be able to reach the data.
postgres_user() {
  if id -u postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}

become_postgres() {
  as_postgres=(env --chdir=/) # the clone may be a folder that this user cannot enter
  ((EUID != 0)) ||
    as_postgres+=(setpriv "--reuid=$(postgres_user)" "--regid=$(id -g "$(postgres_user)")" --clear-groups --)
}

# Where the data goes when that other user cannot enter the clone, for instance below a home only root can read.
postgres_elsewhere() { # stack's folder
  echo "/var/tmp/excursions-$(sha256sum <<<"$1" | cut -c 1-12)"
}

choose_postgres_data() {
  postgres_data=$STACK_DIR/postgres
  "${as_postgres[@]}" test -x "$STACK_DIR" && return
  local parent
  parent=$(postgres_elsewhere "$STACK_DIR")
  [[ -d $parent ]] || mkdir -m 711 "$parent"
  [[ -O $parent && ! -L $parent ]] || fail "$parent belongs to somebody else"
  postgres_data=$parent/postgres
}

create_cluster() {
  [[ -s $postgres_data/PG_VERSION ]] && return
  local new=$postgres_data.new password=$postgres_data.password
  rm -rf "$new" "$password"
  mkdir -m 700 "$new"
  (umask 077 && echo "$POSTGRES_PASSWORD" >"$password")
  ((EUID != 0)) || chown "$(postgres_user)" "$new" "$password"
  logged "initdb" "$STACK_LOG_DIR/initdb.log" "${as_postgres[@]}" "$postgres_bin/initdb" --pgdata "$new" \
    --username postgres --pwfile "$password" --auth scram-sha-256 --encoding UTF8 --locale C.UTF-8 --no-sync
  rm "$password"
  mv -T "$new" "$postgres_data"
}

start_postgres() {
  find_postgres || fail "no PostgreSQL $POSTGRES_OLDEST or newer, and the package manager brought none"
  become_postgres
  choose_postgres_data
  [[ $postgres_data == "$STACK_DIR"/* ]] ||
    note "$(postgres_user) cannot enter $STACK_DIR: PostgreSQL's data lies in $postgres_data"
  create_cluster
  local version
  version=$(postgres_version "$postgres_bin")
  [[ $(<"$postgres_data/PG_VERSION") == "$version" ]] ||
    fail "the data in $postgres_data is of PostgreSQL $(<"$postgres_data/PG_VERSION"), this is $version: run make clean"
  local settings=(-c listen_addresses=127.0.0.1 -c port="$POSTGRES_PORT" -c unix_socket_directories=''
    -c max_connections=300 -c shared_buffers=256MB -c cluster_name="excursions-$STACK")
  # Test data need not outlive a power cut; a process killed loses nothing either way.
  [[ $STACK != test ]] || settings+=(-c fsync=off -c full_page_writes=off)
  start_process postgres INT "${as_postgres[@]}" "$postgres_bin/postgres" -D "$postgres_data" "${settings[@]}"
}

sql() { # psql's arguments
  PGCONNECT_TIMEOUT=5 "${postgres_bin:+$postgres_bin/}psql" --dbname "$DATABASE_URL" --no-psqlrc --quiet --tuples-only \
    --no-align --set ON_ERROR_STOP=1 "$@" </dev/null
}

wait_for_postgres() {
  if [[ -n $GIVEN_POSTGRES ]]; then
    sql --command 'SELECT 1' >/dev/null || fail "DATABASE_URL does not lead to a PostgreSQL that lets us in"
  else
    wait_until_ready postgres 60 sql --command 'SELECT 1'
  fi
}

# One role and one database a service, of the service's name. Safe to repeat.
create_databases() {
  local service
  for service in "${SERVICES[@]}"; do
    create_database "$service" "$(password_of "$service")"
  done
}

create_database() { # name, password
  "${postgres_bin:+$postgres_bin/}psql" --dbname "$DATABASE_URL" --no-psqlrc --quiet --set ON_ERROR_STOP=1 <<SQL ||
SET client_min_messages = warning;
SELECT 'CREATE ROLE $1 LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$1') \gexec
ALTER ROLE $1 PASSWORD '$2';
SELECT 'CREATE DATABASE $1 OWNER $1' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$1') \gexec
REVOKE ALL ON DATABASE $1 FROM PUBLIC;
SQL
    fail "could not create the database $1"
}
