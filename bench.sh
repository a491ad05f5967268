#!/usr/bin/env bash
# Measures Godwit beside what one would use instead, on this machine, in one run; rewrites the tables of docs/performance.md and the figures and pictures
# beside it. Linux with two cores or more; nothing else should run.
#   ./bench.sh                                      everything
#   ./bench.sh blocks --seconds 2 --rounds 5        one benchmark (blocks, publish), with its own options
#   ./bench.sh --smoke                              some seconds, to see that it still runs; keeps no figures
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
cd "$root"

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

PATH=$PATH:/usr/sbin
missing=()
for command in mosquitto nginx taskset:util-linux; do
  command -v "${command%%:*}" >/dev/null || missing+=("${command##*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || { echo "bench.sh: please install ${missing[*]}." >&2; exit 69; }
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
[ "$(nproc)" -ge 2 ] || { echo "bench.sh: two cores are needed, one for the servers and one for the generator." >&2; exit 69; }

verbs=()
while [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; do
  case $1 in
    blocks | publish) verbs+=("$1") ;;
    *) echo "usage: ./bench.sh [blocks] [publish] [--seconds S] [--rounds N] [--clients N] [--warm S] [--only SHAPE] [--servers TEXT] [--smoke]" >&2; exit 64 ;;
  esac
  shift
done
[ ${#verbs[@]} -gt 0 ] || verbs=(blocks publish)

dotnet build src/Godwit -c Release -v quiet -nologo -clp:NoSummary
dotnet build bench/Godwit.Bench -c Release -v quiet -nologo -clp:NoSummary
# Ten thousand sessions are ten thousand descriptors on either side.
ulimit -n "$(ulimit -Hn)"
for verb in "${verbs[@]}"; do
  # The generator must be lighter than what it measures: its completions run where they arise.
  DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1 taskset -c 1 \
    bench/Godwit.Bench/bin/Release/net10.0/Godwit.Bench "$verb" --docs docs "$@"
done
