#!/usr/bin/env bash
# Draws the pictures of docs/explanation anew, by the program itself.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/explanation"
for request in inputs/*.json; do
  case $request in *.model.json) continue ;; esac
  for model in good bad; do
    ../../godwit plan --input "$request" --fleet 5000 --seed 2 --model "inputs/$model.model.json" --svg "pictures/$(basename "$request" .json)-$model.svg" >/dev/null
  done
done
