#!/usr/bin/env bash
# The image, built from its Dockerfile by buildah, and tried as it will run: as nobody in particular, on a file system that
# is only read. As root, for it mounts; it needs no Docker and no registry.
set -euo pipefail
export STACK=image PORT_OFFSET=${PORT_OFFSET:-8000}
. "$(dirname "$0")/../../deploy/local/stack.sh"
. "$CLONE/tests/image/bases.sh"

IMAGE=localhost/excursions:test
MOST_BYTES=60000000
# No namespaces for the build: it may run in a container itself.
export BUILDAH_ISOLATION=chroot

((EUID == 0)) || fail "the image is built as root here: sudo make test-image"
need buildah buildah
need crun crun
need debootstrap debootstrap
install_wanted
mkdir -p "$STACK_LOG_DIR"
trap interrupt EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

base_images
step "Building the image: about ten minutes on two cores"
logged "building the image" "$STACK_LOG_DIR/image-build.log" \
  buildah build --pull=never --network host --format docker --layers --file "$CLONE/deploy/Dockerfile" \
  --ignorefile "$CLONE/.dockerignore" --tag "$IMAGE" "$CLONE"

step "The image"
of_image() { # Go template
  buildah inspect --type image --format "$1" "$IMAGE"
}
passed() { # what was seen
  printf '✔ %s\n' "$1"
}

bytes=$(buildah inspect --type image --format '{{.Manifest}}' "$IMAGE" |
  python3 -c 'import json, sys; print(sum(layer["size"] for layer in json.load(sys.stdin)["layers"]))')
((bytes < MOST_BYTES)) || fail "the image has $bytes bytes, more than $MOST_BYTES"
passed "it has $((bytes / 1000000)) MB"

[[ $(of_image '{{.Docker.Config.User}}') == 65532:65532 ]] || fail "the image does not run as 65532"
[[ $(of_image '{{.Docker.Config.Healthcheck.Test}}') == '[CMD /usr/local/bin/excursions health]' ]] || fail "the image has no HEALTHCHECK"
passed "it runs as nobody in particular, and tells whether it is ready"

container=$(buildah from --pull=never "$IMAGE")
root=$(buildah mount "$container")
finish() {
  interrupt
  [[ -z ${gateway:-} ]] || kill "$gateway" 2>/dev/null || true
  buildah rm "$container" >/dev/null
}
trap finish EXIT

for shell in bin/sh bin/bash usr/bin/dash usr/bin/apt usr/bin/dpkg; do
  [[ ! -e $root/$shell ]] || fail "the image has /$shell"
done
passed "it has no shell and no package manager"

# As the container runs, but for the network: the file system read only, the user without rights, the image's environment.
mapfile -t environment < <(of_image '{{range .Docker.Config.Env}}{{println .}}{{end}}' | sed '/^$/d')
inside() { # setting..., --, argument...
  local settings=()
  while [[ $1 != -- ]]; do settings+=("$1"); shift; done
  shift
  # shellcheck disable=SC2016 # The inner shell expands them.
  exec unshare --mount sh -c 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"' "$root" \
    env --ignore-environment "${environment[@]}" "${settings[@]}" \
    "$(command -v chroot)" --userspec=65532:65532 "$root" /usr/local/bin/excursions "$@"
}

version=$(inside -- --version)
[[ $version == "excursions $(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' "$CLONE/Cargo.toml")" ]] ||
  fail "the binary of the image says: $version"
passed "its binary finds all that it needs: $version"

if lines=$(inside -- serve users 2>&1); then fail "it serves without any setting"; fi
grep -q USERS_DATABASE_URL <<<"$lines" || fail "it does not name the missing setting" "$lines"
passed "a missing setting is named"

inside GATEWAY_PORT="$GATEWAY_PORT" GATEWAY_METRICS_PORT="$GATEWAY_METRICS_PORT" ROUTER_URL="$ROUTER_URL" \
  NOTIFICATIONS_URL="http://127.0.0.1:$NOTIFICATIONS_PORT" -- gateway >"$STACK_LOG_DIR/gateway.log" 2>&1 &
gateway=$!
wait_until_ready gateway 30 answers "http://127.0.0.1:$GATEWAY_PORT/health/live"
curl --silent --fail "http://127.0.0.1:$GATEWAY_PORT/" --header 'accept: text/html' | grep -q '<html' ||
  fail "the gateway of the image does not show the playground"
passed "its gateway shows the playground"
