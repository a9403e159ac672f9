# shellcheck shell=bash
# docs/operations/upgrade.md: what an expanding migration may do, done to every table of every service while the binary that
# knows nothing of it goes on serving. So a release's binary works on the schema of the next one.

expand_under_load() {
  local service table url
  step "Growing every schema while bookings go on"
  begin_booking "$bookings.expanding"
  wait_until "the first bookings" has_lines "$bookings.expanding" 20
  for service in "${SERVICES[@]}"; do
    url=${service^^}_DATABASE_URL
    while read -r table; do
      expand "$table"
    done < <(tables "${!url}") | psql --dbname "${!url}" --no-psqlrc --quiet --set ON_ERROR_STOP=1
  done
  wait_until "bookings on the grown schemas" has_lines "$bookings.expanding" $(($(wc -l <"$bookings.expanding") + 60))
  end_booking
  audit

  step "Starting again on the grown schemas"
  book_with "$binary"
  find_last_release
  if [[ -n $last_release ]]; then
    step "Starting the last release, $last_release"
    book_with "$last_release"
  else
    note "there is no release yet that could be started on them"
  fi
}

book_with() { # binary
  stop_processes "${SERVICES[@]}"
  binary=$1 start_services
  wait_for_services
  begin_booking "$bookings.expanded"
  wait_until "bookings by new processes" has_lines "$bookings.expanded" 30
  end_booking
  audit
}

# The binary of the last release before this commit, built once; PREVIOUS_BINARY names one that is there.
find_last_release() {
  local tag
  last_release=${PREVIOUS_BINARY:-}
  [[ -z $last_release ]] || return 0
  tag=$(git -C "$CLONE" describe --tags --abbrev=0 --match 'v[0-9]*' HEAD^ 2>/dev/null) || return 0
  cached "excursions-$tag" excursions build_release "$tag"
  last_release=$CACHE/excursions-$tag/excursions
}

build_release() { # tag, folder
  step "Building $1"
  mkdir "$2/source"
  git -C "$CLONE" archive "$1" | tar --extract --directory "$2/source"
  (
    cd "$2/source"
    CARGO_TARGET_DIR=$2/target logged "building $1" "$STACK_LOG_DIR/build-release.log" cargo build --bin excursions
  )
  mv "$2/target/debug/excursions" "$2/excursions"
  rm -rf "$2/source" "$2/target"
}

tables() { # url
  psql --dbname "$1" --no-psqlrc --quiet --tuples-only --no-align --command \
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
       AND relname NOT LIKE '\_\_diesel%' ORDER BY 1" </dev/null
}

# A column that may be empty, one with a default, an index, and a table that refers to nothing.
expand() { # table
  cat <<SQL
ALTER TABLE $1 ADD COLUMN grown text, ADD COLUMN grown_by integer NOT NULL DEFAULT 1;
CREATE INDEX ${1}_by_grown ON $1 (grown);
CREATE TABLE ${1}_grown (id uuid NOT NULL PRIMARY KEY, grown text);
SQL
}
