# shellcheck shell=bash
# Passwords and keys: made once a stack, kept in its folder, readable by its owner alone.

random_password() {
  od -An -N 16 -t x1 /dev/urandom | tr -d ' \n'
}

load_secrets() {
  local chosen=${OPERATOR_PASSWORD:-} name
  if [[ ! -s $SECRETS ]]; then
    (
      umask 077
      for name in POSTGRES "${SERVICES[@]^^}"; do echo "${name}_PASSWORD=$(random_password)"; done >"$SECRETS.new"
      printf 'OPERATOR_PASSWORD=%q\n' "${chosen:-$(random_password)}" >>"$SECRETS.new"
    )
    mv "$SECRETS.new" "$SECRETS"
  fi
  # shellcheck source=/dev/null
  . "$SECRETS"
  [[ -z $chosen || $chosen == "$OPERATOR_PASSWORD" ]] ||
    note "OPERATOR_PASSWORD counts at the first start alone: the one from then stays (${SECRETS#"$CLONE"/})"
}

password_of() { # service
  local variable=${1^^}_PASSWORD
  echo "${!variable}"
}

USERS_SIGNING_KEY_FILE=${USERS_SIGNING_KEY_FILE:-$STACK_DIR/keys/users.pem}
ORDERS_SERVICE_KEY_FILE=${ORDERS_SERVICE_KEY_FILE:-$STACK_DIR/keys/orders.pem}

create_keys() {
  local file
  for file in "$USERS_SIGNING_KEY_FILE" "$ORDERS_SERVICE_KEY_FILE"; do
    [[ -s $file ]] && continue
    mkdir -p "$(dirname "$file")"
    (umask 077 && "$binary" keygen >"$file.new") || fail "could not make the key $file"
    mv "$file.new" "$file"
  done
}
