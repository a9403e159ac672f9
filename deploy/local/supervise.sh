#!/usr/bin/env bash
# Runs one process of the stack and starts it again when it dies. Stops it on SIGTERM.
#
# usage: supervise.sh FOLDER NAME SIGNAL COMMAND... 3>NOTICES
#   FOLDER   where it keeps NAME.pid (the process now) and NAME.deaths (how often in a row it died young)
#   SIGNAL   what asks the process to stop
set -u
folder=$1 name=$2 signal=$3
shift 3

stopping='' process='' deaths=0
trap 'stopping=1; [[ -z $process ]] || kill -s "$signal" "$process" 2>/dev/null' TERM

while [[ -z $stopping ]]; do
  began=$SECONDS
  "$@" 3>&- &
  process=$!
  [[ -z $stopping ]] || kill -s "$signal" "$process" 2>/dev/null
  echo "$process" >"$folder/$name.pid.new" && mv "$folder/$name.pid.new" "$folder/$name.pid"
  while kill -0 "$process" 2>/dev/null; do
    wait "$process" # returns early when a signal comes
    status=$?
  done
  [[ -z $stopping ]] || break
  echo "       $name ended with status $status; it is started again" >&3
  # A process that had lived is back at once; one that dies young is given time.
  if ((SECONDS - began >= 3)); then deaths=0; else deaths=$((deaths + 1)); fi
  echo "$deaths" >"$folder/$name.deaths"
  ((deaths == 0)) || sleep "$((deaths < 3 ? deaths : 3))"
done
rm -f "$folder/$name".{pid,deaths,group}
