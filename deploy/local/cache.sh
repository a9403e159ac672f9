# shellcheck shell=bash
# The cache: an entry is made in a folder beside it and renamed when it is complete, so that an interrupted install
# never leaves half an entry that is believed later. A lock an entry makes two stacks that need the same one build it
# once.

cached() { # entry, file that a complete entry has, command that fills the folder named by its last argument
  local name=$1 file=$2 entry=$CACHE/$1 partial=$CACHE/$1.partial
  shift 2
  [[ -e $entry/$file ]] && return
  mkdir -p "$CACHE"
  exec {lock}>"$entry.lock"
  flock -n "$lock" || { note "waiting for another install into $CACHE"; interruptible flock "$lock"; }
  if [[ ! -e $entry/$file ]]; then
    rm -rf "$partial"
    mkdir "$partial"
    "$@" "$partial"
    [[ -e $partial/$file ]] || fail "the install of $name did not make $file"
    rm -rf "$entry"
    mv -T "$partial" "$entry"
  fi
  exec {lock}>&-
}
