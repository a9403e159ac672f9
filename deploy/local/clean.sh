#!/usr/bin/env bash
# Stops the stacks of this clone and removes their data. The cache, which other clones share, stays.
#
# usage: clean.sh [STACK]   all stacks, or the one named
set -euo pipefail
. "$(dirname "$0")/stack.sh"

for folder in "$CLONE"/.local/${1:-*}/; do
  [[ -d $folder ]] || continue
  name=$(basename "$folder")
  STACK=$name PORT_OFFSET=0 "$CLONE/deploy/local/down.sh" >/dev/null
  elsewhere=$(postgres_elsewhere "$CLONE/.local/$name")
  [[ ! -O $elsewhere ]] || rm -rf "$elsewhere"
  rm -rf "$folder"
  note "removed .local/$name"
done
(($# == 0)) || exit 0
rm -rf "$CLONE/.local"
[[ ! -d $CACHE ]] || note "kept $CACHE ($(du -sh "$CACHE" | cut -f 1)): Kafka, the router, the playground and Jaeger, shared by all clones"
