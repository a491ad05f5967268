#!/usr/bin/env bash
# The printed commands of docs/tutorials/quickstart.md, in a folder and with a service of their own, on free ports. The page promises five minutes.
set -euo pipefail
case $("$AWS_CLI" --version) in aws-cli/1.*) exit 0 ;; esac # once is enough
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
page=$here/../../docs/tutorials/quickstart.md
commands() {
  python3 -c 'import re, sys; print("\n".join(re.findall(rf"^```{sys.argv[2]}\n(.*?)^```$", open(sys.argv[1], encoding="utf-8").read(), re.M | re.S)))' "$page" "$1"
}
running=()
end() { for process in ${running[@]+"${running[@]}"}; do kill "$process" 2>/dev/null || true; done; wait; }
trap end EXIT
await() { # words file process
  until grep -q "$1" "$2" 2>/dev/null; do
    kill -0 "$3" || { cat "$2"; echo "ended before it said '$1'"; exit 1; }
    read -rt 0.1 <> <(:) || true
  done
}

SECONDS=0
ln -s "$(readlink -f "$here/../..")/godwit" godwit
unset AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
export GODWIT__APIPORT=0 GODWIT__MQTTPORT=0 GODWIT__HTTPSPORT=0
(eval "exec $(commands serve)") >serve.out 2>&1 &
running+=($!)
await 'is ready' serve.out $!
(eval "exec $(commands fleet)") >fleet.out 2>&1 &
running+=($!)
await '20 Idle' fleet.out $!
aws() { "$AWS_CLI" "$@"; }
commands sh >commands.sh
. ./commands.sh >out 2>&1 || { cat out; exit 1; }
grep -q '20 SUCCEEDED' out || { cat out; exit 1; }
grep -q 'CREATE_COMPLETE' out
grep -q 'CANCELED' out
[ "$SECONDS" -lt 300 ] || { echo "the quickstart took $SECONDS s"; exit 1; }
