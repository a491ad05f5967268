#!/usr/bin/env bash
# What tutorials type: a thing with a certificate and a policy, by the AWS CLI.
set -euo pipefail
aws() { "${AWS_CLI:-aws}" --endpoint-url "$AWS_ENDPOINT_URL" --output text "$@"; }
same() { [ "$2" = "$3" ] || { echo "$1: expected '$3', found '$2'"; exit 1; }; }

aws iot create-thing --thing-name cli-dev --attribute-payload '{"attributes":{"site":"north"}}' >/dev/null
arn=$(aws iot create-keys-and-certificate --set-as-active --certificate-pem-outfile device.pem \
  --public-key-outfile public.pem --private-key-outfile private.pem --query certificateArn)
same "the key pair belongs together" "$(openssl rsa -in private.pem -pubout 2>/dev/null)" "$(cat public.pem)"
same "the certificate carries the key" "$(openssl x509 -in device.pem -pubkey -noout)" "$(cat public.pem)"
openssl verify -CAfile "$GODWIT_CA" device.pem >/dev/null || { echo "the certificate does not chain to the CA"; exit 1; }
cat >policy.json <<'POLICY'
{
  "Version": "2012-10-17",
  "Statement": [{ "Effect": "Allow", "Action": ["iot:Connect"], "Resource": ["arn:aws:iot:*:*:client/${iot:Connection.Thing.ThingName}"] }]
}
POLICY
aws iot create-policy --policy-name cli-policy --policy-document file://policy.json >/dev/null
aws iot attach-policy --policy-name cli-policy --target "$arn"
aws iot attach-thing-principal --thing-name cli-dev --principal "$arn"
same "principal" "$(aws iot list-thing-principals --thing-name cli-dev --query 'principals[0]')" "$arn"
same "attribute" "$(aws iot describe-thing --thing-name cli-dev --query attributes.site)" north
same "policy" "$(aws iot list-attached-policies --target "$arn" --query 'policies[0].policyName')" cli-policy

openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout csr-key.pem -subj /CN=cli-csr -out csr.pem 2>/dev/null
id=$(aws iot create-certificate-from-csr --certificate-signing-request file://csr.pem --set-as-active --certificate-pem-outfile csr-device.pem --query certificateId)
same "subject" "$(openssl x509 -in csr-device.pem -noout -subject -nameopt RFC2253)" "subject=CN=cli-csr"
same "expiry" "$(openssl x509 -in csr-device.pem -noout -enddate)" "notAfter=Dec 31 23:59:59 2049 GMT"

aws iot update-certificate --certificate-id "$id" --new-status REVOKED
same "status" "$(aws iot describe-certificate --certificate-id "$id" --query certificateDescription.status)" REVOKED
aws iot delete-certificate --certificate-id "$id"
aws iot detach-thing-principal --thing-name cli-dev --principal "$arn"
aws iot update-certificate --certificate-id "${arn##*/}" --new-status INACTIVE
aws iot delete-certificate --certificate-id "${arn##*/}" --force-delete
aws iot delete-policy --policy-name cli-policy
aws iot delete-thing --thing-name cli-dev
if aws iot describe-thing --thing-name cli-dev 2>err; then echo "the thing is still there"; exit 1; fi
grep -q ResourceNotFoundException err || { cat err; exit 1; }
