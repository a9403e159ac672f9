# shellcheck shell=bash
# The images that the Dockerfile begins with: pulled, or, where no registry can be reached, stand-ins made of Debian's
# packages. What is built on a stand-in is not byte for byte what is released, but has the same files of ours.

DEBIAN=bookworm
MIRROR=http://deb.debian.org/debian

base_images() {
  local rust node
  rust=$(argument RUST_VERSION)
  node=$(argument NODE_VERSION)
  base "docker.io/library/rust:$rust-slim-$DEBIAN" stand_in_rust
  base "docker.io/library/node:$node-$DEBIAN-slim" stand_in_node
  base "gcr.io/distroless/base-nossl-debian12:nonroot" stand_in_distroless
}

argument() { # name
  sed -n "s/^ARG $1=//p" "$CLONE/deploy/Dockerfile"
}

base() { # image, command that makes a stand-in with the name given
  buildah inspect --type image "$1" >/dev/null 2>&1 && return
  ! buildah pull --quiet "$1" >/dev/null 2>&1 || return 0
  step "A stand-in for $1"
  logged "making a stand-in for $1" "$STACK_LOG_DIR/image-base.log" "$2" "$1"
}

# A container to be filled, with Debian's essential packages, certificates of this machine and packages named.
debian() { # package...
  local folder container
  folder=$STACK_DIR/$DEBIAN
  [[ -e $folder/etc/debian_version ]] || debootstrap --variant=minbase --include=ca-certificates "$DEBIAN" "$folder" "$MIRROR" >&2
  cp /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/"
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$folder" / >&2
  buildah run --network host "$container" -- apt-get update --quiet >&2
  buildah run --network host "$container" -- apt-get install --yes --no-install-recommends "$@" >&2
  echo "$container"
}

stand_in_rust() { # image
  local container
  container=$(debian gcc libc6-dev)
  buildah add --quiet "$container" "$(cd "$CLONE" && rustc --print sysroot)" /usr/local/rust
  buildah config --env CARGO_HOME=/usr/local/cargo \
    --env PATH=/usr/local/cargo/bin:/usr/local/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
  buildah commit --quiet --rm "$container" "$1"
}

stand_in_node() { # image
  local container
  container=$(debian nodejs npm)
  buildah config --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt "$container"
  buildah commit --quiet --rm "$container" "$1"
}

# Made as distroless images are: packages unpacked, none installed.
stand_in_distroless() { # image
  local folder=$STACK_DIR/distroless container package
  rm -rf "$folder"
  mkdir -p "$folder/packages" "$folder/root"
  (cd "$folder/packages" && apt-get download libc6 base-files netbase tzdata ca-certificates)
  for package in "$folder"/packages/*.deb; do dpkg --extract "$package" "$folder/root"; done
  rm -rf "$folder/root/usr/share/doc" "$folder/root/usr/share/man"
  mkdir -p "$folder/root/etc/ssl/certs"
  cp /etc/ssl/certs/ca-certificates.crt "$folder/root/etc/ssl/certs/"
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$folder/root" /
  buildah config --user 65532 "$container"
  buildah commit --quiet --rm "$container" "$1"
}
