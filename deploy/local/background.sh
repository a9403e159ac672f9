# shellcheck shell=bash
# Long commands that can be interrupted: each runs in a process group of its own, so that the script answers a signal
# at once and takes the command's own children with it.

working='' # the group of the command that runs now

interruptible() { # command...
  set -m
  "$@" </dev/null &
  working=$!
  set +m
  local status=0
  wait "$working" || status=$?
  working=''
  return "$status"
}

interrupt() {
  [[ -z $working ]] || kill -TERM -- "-$working" 2>/dev/null
  working=''
}

# Runs a command with its output in a log, and shows that it goes on: its last line every 15 seconds.
logged() { # what, log, command...
  local what=$1 log=$2
  shift 2
  mkdir -p "$(dirname "$log")"
  interruptible show_progress "$what" "$log" "$@" || { tail_of "$log"; fail "$what failed"; }
}

show_progress() { # what, log, command...
  local what=$1 log=$2 began=$SECONDS
  shift 2
  "$@" >"$log" 2>&1 &
  local command=$! next=15
  while kill -0 "$command" 2>/dev/null; do
    sleep 0.2
    if ((SECONDS - began >= next)); then
      note "$what, $((SECONDS - began)) s: $(tail -n 1 "$log" | tr -d '\r' | cut -c 1-90)"
      next=$((next + 15))
    fi
  done
  wait "$command"
}
