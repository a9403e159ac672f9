# shellcheck shell=bash
# The processes of a stack. Each has a supervisor (supervise.sh) that leads a process group of its own; the files in
# STACK_PID_DIR say who they are:
#   NAME.pid     the process itself, the one to kill in order to see it come back
#   NAME.group   its supervisor and process group, gone when it has been stopped

# Pid files outlive the machine's restart, pids do not.
forget_other_boots() {
  local boot
  boot=$(</proc/sys/kernel/random/boot_id)
  [[ $(cat "$STACK_PID_DIR/boot" 2>/dev/null) == "$boot" ]] || rm -rf "$STACK_PID_DIR"
  mkdir -p "$STACK_PID_DIR" "$STACK_LOG_DIR"
  echo "$boot" >"$STACK_PID_DIR/boot"
}

running() { # prints the names of the processes that run
  local file group
  for file in "$STACK_PID_DIR"/*.group; do
    read -r group 2>/dev/null <"$file" || continue
    if kill -0 -- "-$group" 2>/dev/null; then basename "$file" .group; else rm -f "${file%.group}".{group,pid,deaths}; fi
  done
}

# The file descriptor 3 is where the supervisors tell that a process died.
start_process() { # name, signal that stops it, command...
  local name=$1
  setsid bash "$CLONE/deploy/local/supervise.sh" "$STACK_PID_DIR" "$@" </dev/null >"$STACK_LOG_DIR/$name.log" 2>&1 &
  echo $! >"$STACK_PID_DIR/$name.group"
}

wait_until_ready() { # name, seconds, probe...
  local name=$1 limit=$2 end=$((SECONDS + $2)) deaths
  shift 2
  until "$@" >/dev/null 2>&1; do
    deaths=$(cat "$STACK_PID_DIR/$name.deaths" 2>/dev/null || echo 0)
    ((deaths < 3)) || { tail_of "$STACK_LOG_DIR/$name.log"; fail "$name does not stay alive: it ended $deaths times"; }
    ((SECONDS < end)) || { tail_of "$STACK_LOG_DIR/$name.log"; fail "$name was not ready within $limit s"; }
    sleep 0.1
  done
}

answers() { # url
  curl --silent --fail --output /dev/null --max-time 2 "$1"
}

accepts() { # host:port
  (exec 4<>"/dev/tcp/${1%:*}/${1##*:}") 2>/dev/null
}

# Asks the named processes to stop, all at once, and waits; who does not follow in time is killed, and that is told.
stop_processes() { # name...
  local name group left
  for name in "$@"; do
    read -r group 2>/dev/null <"$STACK_PID_DIR/$name.group" && kill -TERM "$group" 2>/dev/null
  done
  local end=$((SECONDS + 30))
  while :; do
    left=()
    for name in "$@"; do
      read -r group 2>/dev/null <"$STACK_PID_DIR/$name.group" && kill -0 -- "-$group" 2>/dev/null && left+=("$name")
    done
    ((${#left[@]})) || return 0
    ((SECONDS < end)) || break
    sleep 0.05
  done
  for name in "${left[@]}"; do
    note "$name did not stop within 30 s: killed"
    read -r group <"$STACK_PID_DIR/$name.group" && kill -KILL -- "-$group" 2>/dev/null
    rm -f "$STACK_PID_DIR/$name".{pid,deaths,group}
  done
}

# Who depends on a part stops before it.
stop_stack() {
  local name first=() last=()
  while read -r name; do
    case $name in kafka | postgres) last+=("$name") ;; *) first+=("$name") ;; esac
  done < <(running)
  ((${#first[@]} == 0)) || stop_processes "${first[@]}"
  ((${#last[@]} == 0)) || stop_processes "${last[@]}"
}
