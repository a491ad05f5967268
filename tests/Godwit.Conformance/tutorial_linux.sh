#!/usr/bin/env bash
# The printed commands of docs/tutorials/linux-device.md, in their order, with a device of python3-paho-mqtt.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
export GODWIT_HOME=$here/../..
aws() { "$AWS_CLI" --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }
case $("$AWS_CLI" --version) in aws-cli/1.*) echo "the page is written for AWS CLI 2"; exit 0 ;; esac
python3 - "$GODWIT_HOME/docs/tutorials/linux-device.md" >commands.sh <<'PY'
import re, sys
print("\n".join(re.findall(r"^```sh\n(.*?)^```$", open(sys.argv[1], encoding="utf-8").read(), re.M | re.S)))
PY
grep -q device.py commands.sh
. ./commands.sh >out
grep -qx "the device runs version 2.0" out
[ "$(aws iot describe-job --job-id AFR_OTA-pump-2-0 --query job.status --output text)" = COMPLETED ]
aws iot describe-job-execution --job-id AFR_OTA-pump-2-0 --thing-name pump1 --query execution.status --output text | grep -qx SUCCEEDED
