#!/usr/bin/env bash
# Measures Godwit beside what one would use instead, on this machine, in one run; rewrites the tables of docs/performance.md and the figures and pictures
# beside it. Linux with two cores or more; nothing else should run.
#   ./bench.sh                                      everything
#   ./bench.sh blocks --seconds 2 --rounds 5        one benchmark (blocks, publish, connections, api, jobs, pages), with its own options
#   ./bench.sh jobs --full                          jobs with 10,000,000 executions on file; on PostgreSQL too where Debian's is installed
#   ./bench.sh pages --full                         the console's pages with 1,000,000 things and 10,000,000 executions
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
    blocks | publish | connections | api | jobs | pages) verbs+=("$1") ;;
    *)
      echo "usage: ./bench.sh [blocks] [publish] [connections] [api] [jobs] [pages] [--seconds S] [--rounds N] [--clients N] [--connections N] [--warm S] [--only SHAPE] [--servers TEXT] [--smoke]" >&2
      echo "       ./bench.sh jobs [--only updates|create|lists|next|plan|memory] [--devices N] [--things N] [--executions N] [--full] [--busy]" >&2
      exit 64
      ;;
  esac
  shift
done
[ ${#verbs[@]} -gt 0 ] || verbs=(blocks publish connections api jobs pages)

dotnet build src/Godwit -c Release -v quiet -nologo -clp:NoSummary
dotnet build bench/Godwit.Bench -c Release -v quiet -nologo -clp:NoSummary
# Ten thousand sessions are ten thousand descriptors on either side.
ulimit -n "$(ulimit -Hn)"
bench=bench/Godwit.Bench/bin/Release/net10.0/Godwit.Bench

# In the process that it measures, on all cores; with a PostgreSQL of its own, at its defaults but for memory.
bench_jobs() {
  local folder port status=0
  if [ -z "$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null)" ]; then
    "$bench" jobs --docs docs "$@"
    return
  fi
  folder=$(mktemp -d)
  chmod 755 "$folder"
  while port=$((20000 + RANDOM % 12000)) && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  tests/postgres-cluster start "$folder/pg" "$port" -c shared_buffers=512MB -c max_wal_size=4GB
  "$bench" jobs --docs docs --postgres "Host=127.0.0.1;Port=$port;Username=godwit" "$@" || status=$?
  tests/postgres-cluster stop "$folder/pg"
  rm -rf "$folder"
  return $status
}

for verb in "${verbs[@]}"; do
  if [ "$verb" = jobs ]; then
    bench_jobs "$@"
    continue
  fi
  # The generator must be lighter than what it measures: its completions run where they arise.
  DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1 taskset -c 1 "$bench" "$verb" --docs docs "$@"
done
