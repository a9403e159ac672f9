# shellcheck shell=bash
# Kubernetes' API server and etcd: built once, of the modules that server/go.mod names, and started empty.

port ETCD_PORT 2379
port ETCD_PEER_PORT 2380
port KUBERNETES_PORT 6443

server_module=$CLONE/tests/kubernetes/server
KUBERNETES_VERSION=$(sed -n 's:.*k8s.io/kubernetes v\([0-9.]*\).*:\1:p' "$server_module/go.mod")
# Helm asks the server for its version, which only who builds it can tell it.
version=k8s.io/component-base/version
minor=${KUBERNETES_VERSION#*.}
server_flags="-s -w -X $version.gitVersion=v$KUBERNETES_VERSION -X $version.gitMajor=${KUBERNETES_VERSION%%.*} -X $version.gitMinor=${minor%.*}"
server_entry=kubernetes-$KUBERNETES_VERSION-$({ cat "$server_module/go.sum" && echo "$server_flags"; } | sha256sum | cut -c 1-12)
server_bin=$CACHE/$server_entry/bin
server_data=$STACK_DIR/server
server_url=https://127.0.0.1:$KUBERNETES_PORT
server_token=$(random_password)

install_server() {
  need openssl openssl
  install_wanted
  [[ -x $server_bin/kube-apiserver ]] || go version >/dev/null 2>&1 || fail "Go is missing" "The API server is built by it."
  cached "$server_entry" bin/kube-apiserver build_server
}

build_server() { # folder
  step "Building Kubernetes' API server and etcd: about 10 minutes on two cores, once"
  build_tool go.etcd.io/etcd/server/v3 "$1/bin/etcd"
  build_tool k8s.io/kubernetes/cmd/kube-apiserver "$1/bin/kube-apiserver"
}

build_tool() { # package, file
  logged "building $(basename "$2")" "$STACK_LOG_DIR/server-build.log" \
    env GOTOOLCHAIN=local go build -C "$server_module" -trimpath -ldflags "$server_flags" -o "$2" "$1"
}

start_server() {
  require_free_ports ETCD_PORT ETCD_PEER_PORT KUBERNETES_PORT
  rm -rf "$server_data"
  mkdir -p "$server_data"
  openssl genrsa -out "$server_data/accounts.pem" 2048 2>/dev/null
  (umask 077 && echo "$server_token,admin,admin,system:masters" >"$server_data/tokens.csv")
  local etcd=http://127.0.0.1:$ETCD_PORT peer=http://127.0.0.1:$ETCD_PEER_PORT
  step "Starting etcd and the API server"
  # Nothing of them is kept: they are killed at the end, rather than asked to wait for whoever still watches.
  start_process etcd KILL "$server_bin/etcd" --data-dir "$server_data/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls "$etcd" --advertise-client-urls "$etcd" \
    --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "default=$peer"
  start_process kube-apiserver KILL "$server_bin/kube-apiserver" --etcd-servers "$etcd" \
    --bind-address 127.0.0.1 --secure-port "$KUBERNETES_PORT" --advertise-address 192.0.2.1 \
    --endpoint-reconciler-type none --cert-dir "$server_data/certificates" --service-cluster-ip-range 10.0.0.0/24 \
    --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$server_data/accounts.pem" \
    --service-account-signing-key-file "$server_data/accounts.pem" \
    --token-auth-file "$server_data/tokens.csv" --authorization-mode RBAC
  wait_until_ready kube-apiserver 120 curl --silent --insecure --fail --output /dev/null --max-time 5 "$server_url/readyz"
}
