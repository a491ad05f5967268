#!/usr/bin/env bash
# "Your first update" of the README by the AWS CLI, as it is printed there, then what an operator looks at afterwards.
set -euo pipefail
shopt -s expand_aliases
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
cli=${AWS_CLI:-aws}
die() { echo "$*"; exit 1; }
same() { [ "$2" = "$3" ] || die "$1: expected '$3', found '$2'"; }
mark=cli$$x$RANDOM

# Only the names must be this run's own; the README's own folder of the service is ./data, and it starts it in another terminal.
adapt() { sed -e "s/\bdev7\b/dev7-$mark/g" -e "s/\brel42\b/rel42-$mark/g" -e "s,s3://firmware\b,s3://firmware-$mark,g" -e "s/--bucket firmware\b/--bucket firmware-$mark/g" -e "s/\"bucket\": \"firmware\"/\"bucket\": \"firmware-$mark\"/g"; }
block() { python3 "$here/_readme.py" "Your first update" sh "$1"; }
prepare=$(block 'create-thing')
order=$(block 'create-ota-update' | adapt)
eval "$(grep '^alias ' <<<"$prepare")"
grep -q '^eval .*godwit env' <<<"$prepare" || die "the README no longer sets the shell up by godwit env"
aws() { "$cli" "$@"; }

head -c 300000 /dev/urandom >app.bin
eval "$(grep -v -e '^eval' -e '^alias' <<<"$prepare" | adapt)"
if [[ $("$cli" --version) == aws-cli/1.* ]]; then
  # As the README says of AWS CLI 1.
  order=$(sed -e 's/ --cli-binary-format base64//' -e 's/\$(base64 -w0 app.sig | base64 -w0)/$(base64 -w0 app.sig)/' <<<"$order")
fi
eval "$order" >created.json
grep -q CREATE_PENDING created.json || die "create-ota-update answered $(cat created.json)"

# What the README says next: "Then watch it".
for command in "$(grep -o 'awsg iot get-ota-update [^`]*' "$here/../../README.md" | adapt)" "$(grep -o 'awsg iot describe-job [^`]*' "$here/../../README.md" | adapt)"; do
  [ -n "$command" ] || die "the README no longer says how to watch an update"
  case $command in
    *get-ota-update*)
      for _ in $(seq 40); do
        status=$(eval "$command --query otaUpdateInfo.otaUpdateStatus --output text")
        case $status in CREATE_PENDING | CREATE_IN_PROGRESS) sleep 0.1 ;; *) break ;; esac
      done
      same "status of the update" "$status" CREATE_COMPLETE ;;
    *) same "status of the job" "$(eval "$command --query job.status --output text")" IN_PROGRESS ;;
  esac
done
document=$(awsg iot get-job-document --job-id "AFR_OTA-rel42-$mark" --query document --output text)
same "signature in the document" "$(python3 -c 'import json, sys; print(json.loads(sys.argv[1])["afr_ota"]["files"][0]["sig-sha256-ecdsa"])' "$document")" "$(base64 -w0 app.sig)"
for _ in $(seq 40); do
  execution=$(awsg iot describe-job-execution --job-id "AFR_OTA-rel42-$mark" --thing-name "dev7-$mark" --query execution.status --output text 2>&1) && break
done
same "the execution" "$execution" QUEUED

# s3 cp takes several parts from 8 MiB on; s3 sync and ls go through the pages.
head -c 9000000 /dev/urandom >large.bin
awsg s3 cp --quiet large.bin "s3://firmware-$mark/large.bin"
awsg s3 cp --quiet "s3://firmware-$mark/large.bin" back.bin
cmp large.bin back.bin || die "the object in parts came back changed"
mkdir -p tree/deep && for i in 1 2 3; do echo $i >"tree/deep/file $i"; done
awsg s3 sync --quiet tree "s3://firmware-$mark/tree"
awsg s3 sync --quiet "s3://firmware-$mark/tree" copy
diff -r tree copy || die "the tree came back changed"
same "a second sync" "$(awsg s3 sync tree "s3://firmware-$mark/tree")" ""
same "s3 ls" "$(awsg s3 ls --recursive "s3://firmware-$mark" | awk '{ $1 = $2 = ""; print }' | sed 's/^ *//')" "$(printf '%s\n' '300000 app.bin' '9000000 large.bin' '2 tree/deep/file 1' '2 tree/deep/file 2' '2 tree/deep/file 3')"
