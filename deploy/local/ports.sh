# shellcheck shell=bash
# Ports: every port of the stack must be free before anything starts, and a taken one is told with its holder.

# The inode of the socket that listens on a port, from the kernel's tables: no tool is needed.
listening_inode() { # port
  local hex
  printf -v hex '%04X' "$1"
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
    awk -v port=":$hex" '$4 == "0A" && substr($2, length($2) - 4) == port && !found++ { print $10 }'
}

holder_of() { # inode
  local link pid
  for link in /proc/[0-9]*/fd/*; do
    [[ $(readlink "$link" 2>/dev/null) == "socket:[$1]" ]] || continue
    pid=${link#/proc/}
    pid=${pid%%/*}
    echo "pid $pid: $(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c 1-100)"
    return
  done
  echo "a process of another user"
}

require_free_ports() { # setting...
  local setting inode taken=() example
  for setting in "$@"; do
    inode=$(listening_inode "${!setting}")
    [[ -n $inode ]] || continue
    taken+=("$setting=${!setting} is held by $(holder_of "$inode")")
    example=$setting=$((${!setting} + 50))
  done
  ((${#taken[@]} == 0)) || fail "a port is taken" "${taken[@]}" "Stop that process, or choose another port: make up $example"
}
