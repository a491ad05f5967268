#!/usr/bin/env bash
# Makes the pictures of the documents anew, by the program itself: those of docs/explanation, and with "console" (Debian's chromium, webp and node are needed)
# those of the console, from a real service with emulated devices, in light and dark.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/explanation"
for request in inputs/*.json; do
  case $request in *.model.json) continue ;; esac
  for model in good bad; do
    ../../godwit plan --input "$request" --fleet 5000 --seed 2 --model "inputs/$model.model.json" --svg "pictures/$(basename "$request" .json)-$model.svg" >/dev/null
  done
done

if [ "${1:-}" = console ]; then
  cd ../..
  for command in chromium img2webp cwebp node; do
    command -v "$command" >/dev/null || { echo "pictures.sh: $command is missing: apt-get install chromium webp nodejs npm" >&2; exit 69; }
  done
  dotnet build src/Godwit -c Release -v quiet -nologo -clp:NoSummary
  (cd tests/Godwit.Console.Tests/journeys && npm ci --silent)
  node tests/Godwit.Console.Tests/journeys/pictures.mjs --godwit src/Godwit/bin/Release/net10.0/godwit --out docs/pictures
fi
