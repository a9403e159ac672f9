# shellcheck shell=bash
# The playground: built from its sources once, into the cache, where every clone with the same sources finds it.

playground_sources=$CLONE/supergraph/playground

playground_files=(package.json package-lock.json build.mjs src)

# The sources have no version but their content.
playground_entry() {
  local sum
  sum=$(cd "$playground_sources" && find "${playground_files[@]}" -type f | LC_ALL=C sort | xargs sha256sum | sha256sum)
  echo "playground-${sum:0:12}"
}

need_playground() {
  [[ -n $GIVEN_PLAYGROUND ]] && return
  PLAYGROUND_DIR=$CACHE/$(playground_entry)
  [[ -e $PLAYGROUND_DIR/index.html ]] || need_node
}

install_playground() {
  [[ -n $GIVEN_PLAYGROUND ]] || cached "$(basename "$PLAYGROUND_DIR")" index.html build_playground
}

# Not in the clone: 200 MB of packages are needed for it, once.
build_playground() { # folder
  local work=$1/work
  step "Building the playground"
  mkdir "$work"
  cp -R "${playground_files[@]/#/$playground_sources/}" "$work"
  logged "npm ci" "$STACK_LOG_DIR/playground.log" npm ci --prefix "$work" --no-audit --no-fund
  logged "building the playground" "$STACK_LOG_DIR/playground.log" node "$work/build.mjs" "$work/dist"
  mv "$work"/dist/* "$1"
  rm -rf "$work"
}
