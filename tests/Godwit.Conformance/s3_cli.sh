#!/usr/bin/env bash
# S3 as the AWS CLI uses it: mb, cp (also in parts), ls, sync, presign, rm, rb, and s3api. AWS_CLI names the client.
set -euo pipefail
aws=("${AWS_CLI:-aws}" --endpoint-url "$AWS_ENDPOINT_URL")
bucket=cli-$RANDOM-$RANDOM
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The CLI still presigns with the retired signature version 2 unless it is told otherwise.
export AWS_CONFIG_FILE=$folder/config
printf '[default]\ns3 =\n  signature_version = s3v4\n  addressing_style = path\n' >"$AWS_CONFIG_FILE"
fail() { echo "FAILED: $1"; exit 1; }

"${aws[@]}" s3 mb "s3://$bucket" >/dev/null
head -c $((20 * 1024 * 1024)) /dev/urandom >"$folder/firmware.bin"
"${aws[@]}" s3 cp --no-progress "$folder/firmware.bin" "s3://$bucket/releases/firmware.bin" >/dev/null
"${aws[@]}" s3 cp --no-progress "s3://$bucket/releases/firmware.bin" "$folder/back.bin" >/dev/null
cmp "$folder/firmware.bin" "$folder/back.bin" || fail "what was uploaded in parts comes back changed"
"${aws[@]}" s3 ls "s3://$bucket/" | grep -q 'PRE releases/' || fail "ls does not fold"
"${aws[@]}" s3 ls "s3://$bucket/releases/" | grep -q '20971520 firmware.bin' || fail "ls does not list"
echo piped | "${aws[@]}" s3 cp - "s3://$bucket/piped" >/dev/null
[ "$("${aws[@]}" s3 cp "s3://$bucket/piped" -)" = piped ] || fail "a stream"

mkdir -p "$folder/site/deep er"
echo one >"$folder/site/a.txt"
echo two >"$folder/site/deep er/b & c.txt"
"${aws[@]}" s3 sync --no-progress "$folder/site" "s3://$bucket/site" >/dev/null
[ -z "$("${aws[@]}" s3 sync "$folder/site" "s3://$bucket/site")" ] || fail "a second sync finds something to do"
rm "$folder/site/a.txt"
"${aws[@]}" s3 sync --delete "$folder/site" "s3://$bucket/site" | grep -q 'delete:' || fail "sync --delete"
"${aws[@]}" s3 cp --no-progress "s3://$bucket/site/deep er/b & c.txt" "s3://$bucket/copied" >/dev/null
"${aws[@]}" s3 mv --no-progress "s3://$bucket/copied" "s3://$bucket/moved" >/dev/null
[ "$("${aws[@]}" s3 cp "s3://$bucket/moved" -)" = two ] || fail "cp and mv inside the service"
[ "$(python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode(), end="")' "$("${aws[@]}" s3 presign "s3://$bucket/moved")")" = two ] || fail "presign"

"${aws[@]}" s3api put-bucket-versioning --bucket "$bucket" --versioning-configuration Status=Enabled
version=$("${aws[@]}" s3api put-object --bucket "$bucket" --key moved --body "$folder/site/deep er/b & c.txt" --query VersionId --output text)
[ "$("${aws[@]}" s3api list-object-versions --bucket "$bucket" --prefix moved --query 'Versions[0].VersionId' --output text)" = "$version" ] || fail "the newest version is first"
[ "$("${aws[@]}" s3api list-object-versions --bucket "$bucket" --prefix moved --query 'Versions[-1].VersionId' --output text)" = null ] || fail "the oldest version is last"
"${aws[@]}" s3api get-object --bucket "$bucket" --key moved --version-id "$version" "$folder/out" >/dev/null
"${aws[@]}" s3api head-object --bucket "$bucket" --key moved | grep -q '"ContentLength": 4' || fail "head-object"
"${aws[@]}" s3api get-object --bucket "$bucket" --key none "$folder/out" 2>"$folder/err" && fail "a key that is not there"
grep -q NoSuchKey "$folder/err" || fail "NoSuchKey"
"${aws[@]}" s3api delete-object --bucket "$bucket" --key moved --version-id "$version" >/dev/null
"${aws[@]}" s3api delete-object --bucket "$bucket" --key moved --version-id null >/dev/null

"${aws[@]}" s3api put-bucket-versioning --bucket "$bucket" --versioning-configuration Status=Suspended
"${aws[@]}" s3 rm --recursive "s3://$bucket" >/dev/null
"${aws[@]}" s3api list-object-versions --bucket "$bucket" --query 'DeleteMarkers[].[Key,VersionId]' --output text | while IFS=$'\t' read -r key id; do
  "${aws[@]}" s3api delete-object --bucket "$bucket" --key "$key" --version-id "$id" >/dev/null
done
"${aws[@]}" s3 rb "s3://$bucket" >/dev/null
echo ok
