#!/usr/bin/env bash
# samples/freertos-cli: from the certificate in ACM to updates by MQTT and HTTP that a device verified.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
PYTHON=/usr/bin/python3 "$here/../../samples/freertos-cli/update.sh" "$(python3 -c 'import uuid; print(uuid.uuid4().hex[:10])')" | tee out
grep -qx "done: all updates SUCCEEDED" out
