#!/usr/bin/env bash
# What a broker has acknowledged it still has after kill -9: sessions, what waits in them, retained messages.
set -euo pipefail
die() { echo "$*"; exit 1; }
same() { [ "$2" = "$3" ] || die "$1: expected '$3', found '$2'"; }
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
service=
trap '[ -z "$service" ] || kill -9 "$service" 2>/dev/null || :' EXIT
start() {
  "$root/godwit" serve --data data --api-port 0 --mqtt-port 0 --https-port 0 --mqtt-plain-port "$port" --log-level Warning >out 2>err &
  service=$!
  for _ in $(seq 1200); do
    grep -q 'is ready' out && return
    kill -0 "$service" 2>/dev/null || break
    sleep 0.05
  done
  die "the service did not start: $(cat out err)"
}
murder() {
  # The launcher may stand before the program: both go.
  pkill -9 -P "$service" 2>/dev/null || :
  kill -9 "$service" 2>/dev/null || :
  wait "$service" 2>/dev/null || :
  service=
}

start
to=(-h 127.0.0.1 -p "$port" -q 1)
timeout 10 mosquitto_sub "${to[@]}" -i keeper -c -t 'news/#' -E
timeout 10 mosquitto_pub "${to[@]}" -r -t state -m first
seq 200 | timeout 20 mosquitto_pub "${to[@]}" -l -t news/x
timeout 10 mosquitto_pub "${to[@]}" -r -t state -m last
murder
start
same 'retained after kill -9' "$(timeout 10 mosquitto_sub "${to[@]}" -t state -C 1)" last
same 'what waited after kill -9' "$(timeout 20 mosquitto_sub "${to[@]}" -i keeper -c -t 'news/#' -C 200)" "$(seq 200)"
