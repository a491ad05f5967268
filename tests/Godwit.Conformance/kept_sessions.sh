#!/usr/bin/env bash
# What a broker has acknowledged it still has after kill -9: sessions, what waits in them, wills, retained messages. In both profiles, each at its highest QoS.
set -euo pipefail
if [ $# = 0 ]; then
  pids=()
  for profile in "aws 1" "standard 2"; do
    # shellcheck disable=SC2086
    bash "${BASH_SOURCE[0]}" $profile & pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid"; done
  exit
fi
profile=$1 qos=$2
die() { echo "$profile: $*"; exit 1; }
same() { [ "$2" = "$3" ] || die "$1: expected '$3', found '$2'"; }
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
service='' mortal=''
trap 'kill -9 $service $mortal 2>/dev/null || :' EXIT
mkdir "$profile"
cd "$profile"
start() {
  : >out
  "$root/godwit" serve --data data --api-port 0 --mqtt-port 0 --https-port 0 --mqtt-plain-port "$port" --mqtt-profile "$profile" --log-level Warning >out 2>err &
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
  service=''
}

start
to=(-h 127.0.0.1 -p "$port" -q "$qos")
timeout 10 mosquitto_sub "${to[@]}" -i keeper -c -t 'news/#' -E
stdbuf -oL mosquitto_sub "${to[@]}" -V 5 -i mortal -x 600 -t nothing --will-topic news/gone --will-payload bye --will-qos "$qos" -D will will-delay-interval 1 -d >mortal &
mortal=$!
for _ in $(seq 500); do
  grep -q SUBACK mortal && break
  sleep 0.02
done
timeout 10 mosquitto_pub "${to[@]}" -r -t state -m first
seq 200 | timeout 20 mosquitto_pub "${to[@]}" -l -t news/x
timeout 10 mosquitto_pub "${to[@]}" -r -t state -m last
murder
kill -9 "$mortal"; wait "$mortal" 2>/dev/null || :; mortal=''
start
same 'retained after kill -9' "$(timeout 10 mosquitto_sub "${to[@]}" -t state -C 1)" last
same 'what waited after kill -9, then the will' "$(timeout 20 mosquitto_sub "${to[@]}" -i keeper -c -t 'news/#' -C 201)" "$(seq 200; echo bye)"
