# shellcheck shell=bash
# What the scripts tell the user.

step() { printf '%s[%3ds]%s %s\n' "$dim" "$SECONDS" "$plain" "$*"; }
note() { printf '       %s\n' "$*"; }
fail() {
  printf '%serror:%s %s\n' "$red" "$plain" "$1" >&2
  shift
  (($# == 0)) || printf '       %s\n' "$@" >&2
  exit 1
}

# The end of a log, for the message that says what went wrong.
tail_of() {
  [[ -s $1 ]] || return 0
  printf '%s--- the end of %s%s\n' "$dim" "${1#"$CLONE"/}" "$plain" >&2
  tail -n 25 "$1" >&2
}

# shellcheck disable=SC2034 # bold is for the scripts
if [[ -t 1 ]]; then
  dim=$'\e[2m' red=$'\e[31m' bold=$'\e[1m' plain=$'\e[0m'
else
  dim='' red='' bold='' plain=''
fi
