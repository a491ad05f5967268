#!/usr/bin/env bash
# The FreeRTOS OTA prerequisites and the update by AWS CLI, from the code-signing certificate to SUCCEEDED, as AWS's user guide has them. The device is
# ../python-device/device.py, which verifies the signature with the certificate that was imported.
#   ./update.sh [MARK]    MARK sets names apart; needs AWS_ENDPOINT_URL, keys, GODWIT_CA and GODWIT_MQTT_PORT, openssl, AWS CLI 1 or 2, python3-paho-mqtt
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
mark=${1:-$RANDOM$RANDOM}
aws() { command "${AWS_CLI:-aws}" --endpoint-url "$AWS_ENDPOINT_URL" --output text "$@"; }
role=arn:aws:iam::000000000000:role/ota-service-role
work=$(mktemp -d)
device=
cleanup() {
  [ -z "$device" ] || kill "$device" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
cd "$work"

echo "1. a code-signing certificate, imported into ACM"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout signer.key -out signer.crt -days 3650 -subj /CN=signer@example.com \
  -addext keyUsage=digitalSignature -addext extendedKeyUsage=codeSigning 2>/dev/null
certificate=$(aws acm import-certificate --certificate fileb://signer.crt --private-key fileb://signer.key --query CertificateArn)

echo "2. a signing profile"
aws signer put-signing-profile --profile-name "fleet_$mark" --signing-material "certificateArn=$certificate" --platform-id AmazonFreeRTOS-Default \
  --signing-parameters certname=/certs/signer.crt >/dev/null

echo "3. a bucket that keeps versions, and the image"
head -c 60000 /dev/urandom >app.bin
aws s3api create-bucket --bucket "afr-ota-$mark" >/dev/null
aws s3api put-bucket-versioning --bucket "afr-ota-$mark" --versioning-configuration Status=Enabled
version=$(aws s3api put-object --bucket "afr-ota-$mark" --key app.bin --body app.bin --query VersionId)

echo "4. a signing job by hand: the signed object holds image and signature"
job=$(aws signer start-signing-job --source "s3={bucketName=afr-ota-$mark,key=app.bin,version=$version}" --destination "s3={bucketName=afr-ota-$mark,prefix=byhand/}" \
  --profile-name "fleet_$mark" --client-request-token "$mark" --query jobId)
aws signer wait successful-signing-job --job-id "$job"
aws s3api get-object --bucket "afr-ota-$mark" --key "byhand/$job" envelope.json >/dev/null
python3 -c 'import base64, json; e = json.load(open("envelope.json")); open("sig", "wb").write(base64.b64decode(e["signature"])); open("raw", "wb").write(base64.b64decode(e["payload"]))'
cmp raw app.bin
openssl x509 -in signer.crt -pubkey -noout >signer.pub
openssl dgst -sha256 -verify signer.pub -signature sig app.bin >/dev/null

echo "5. a thing with its certificate and policy"
aws iot create-thing --thing-name "board-$mark" >/dev/null
identity=$(aws iot create-keys-and-certificate --set-as-active --certificate-pem-outfile device.crt --private-key-outfile device.key --query certificateArn)
aws iot create-policy --policy-name "ota-$mark" --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]}' >/dev/null
aws iot attach-policy --policy-name "ota-$mark" --target "$identity"
aws iot attach-thing-principal --thing-name "board-$mark" --principal "$identity" >/dev/null
target=$(aws iot describe-thing --thing-name "board-$mark" --query thingArn)

ended() { # update: prints its status once the creation has ended
  local status
  for _ in $(seq 100); do
    status=$(aws iot get-ota-update --ota-update-id "$1" --query otaUpdateInfo.otaUpdateStatus)
    case $status in CREATE_PENDING | CREATE_IN_PROGRESS) sleep 0.2 ;; *) break ;; esac
  done
  [ "$status" = CREATE_COMPLETE ] || { aws iot get-ota-update --ota-update-id "$1" --query otaUpdateInfo.errorInfo; return 1; }
}
run_device() { # runs the device until its update has ended
  timeout 60 "${PYTHON:-python3}" "$here/../python-device/device.py" --thing "board-$mark" --port "$GODWIT_MQTT_PORT" --ca "$GODWIT_CA" --cert device.crt --key device.key \
    --signer signer.crt --image installed.bin --once
  cmp installed.bin app.bin
}

echo "6. an update that signs: the profile by name"
cat >files.json <<JSON
[{"fileName": "/fw/app.bin", "fileVersion": "1", "fileLocation": {"s3Location": {"bucket": "afr-ota-$mark", "key": "app.bin", "version": "$version"}},
  "codeSigning": {"startSigningJobParameter": {"signingProfileName": "fleet_$mark", "destination": {"s3Destination": {"bucket": "afr-ota-$mark", "prefix": "SignedImages/"}}}}}]
JSON
aws iot create-ota-update --ota-update-id "one-$mark" --targets "$target" --files file://files.json --role-arn "$role" >/dev/null
ended "one-$mark"
run_device
aws iot describe-job-execution --job-id "AFR_OTA-one-$mark" --thing-name "board-$mark" --query execution.status | grep -qx SUCCEEDED

echo "7. an update of the signing job that has run: no location, no profile"
cat >files.json <<JSON
[{"fileName": "/fw/app.bin", "fileVersion": "2", "codeSigning": {"awsSignerJobId": "$job"}}]
JSON
aws iot create-ota-update --ota-update-id "two-$mark" --targets "$target" --files file://files.json --role-arn "$role" >/dev/null
ended "two-$mark"
rm installed.bin
run_device
aws iot describe-job-execution --job-id "AFR_OTA-two-$mark" --thing-name "board-$mark" --query execution.status | grep -qx SUCCEEDED
[ "$(aws s3api list-object-versions --bucket "afr-ota-$mark" --prefix "byhand/$job" --query 'length(Versions)')" = 2 ]
echo "8. an update by HTTP: what its presigned URL serves verifies with the signature beside it"
cat >files.json <<JSON
[{"fileName": "/fw/app.bin", "fileVersion": "3", "fileLocation": {"s3Location": {"bucket": "afr-ota-$mark", "key": "app.bin", "version": "$version"}},
  "codeSigning": {"startSigningJobParameter": {"signingProfileName": "fleet_$mark", "destination": {"s3Destination": {"bucket": "afr-ota-$mark", "prefix": "SignedImages/"}}}}}]
JSON
aws iot create-ota-update --ota-update-id "three-$mark" --targets "$target" --protocols HTTP --files file://files.json --role-arn "$role" >/dev/null
ended "three-$mark"
aws iot-jobs-data describe-job-execution --job-id "AFR_OTA-three-$mark" --thing-name "board-$mark" --include-job-document --query execution.jobDocument >document.json
python3 -c 'import base64, json; f = json.load(open("document.json"))["afr_ota"]["files"][0]; print(f["update_data_url"]); open("sig", "wb").write(base64.b64decode(f["sig-sha256-ecdsa"]))' >url
curl -sf -r 0-4095 -o first "$(cat url)"
curl -sf -r 4096- -o rest "$(cat url)"
cat first rest >downloaded.bin
openssl dgst -sha256 -verify signer.pub -signature sig downloaded.bin >/dev/null
aws iot-jobs-data update-job-execution --job-id "AFR_OTA-three-$mark" --thing-name "board-$mark" --status SUCCEEDED >/dev/null
echo "done: all updates SUCCEEDED"
