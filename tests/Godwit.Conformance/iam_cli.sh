#!/usr/bin/env bash
# Roles, users and temporary keys by the AWS CLI, in the account of the other key: roles there must not bind other scripts.
set -euo pipefail
export AWS_ACCESS_KEY_ID=$GODWIT_OTHER_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY=$GODWIT_OTHER_SECRET_ACCESS_KEY
aws() { "$AWS_CLI" --endpoint-url "$AWS_ENDPOINT_URL" --output text "$@"; }
name=cli-$$-$RANDOM
trust='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root","Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
arn=$(aws iam create-role --role-name "$name" --assume-role-policy-document "$trust" --query Role.Arn)
[ "$arn" = "arn:aws:iam::123456789012:role/$name" ]
aws iam put-role-policy --role-name "$name" --policy-name p --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:ListThings","Resource":"*"}]}'
aws iam attach-role-policy --role-name "$name" --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
[ "$(aws iam list-attached-role-policies --role-name "$name" --query 'AttachedPolicies[0].PolicyName')" = AmazonS3ReadOnlyAccess ]
read -r id secret token <<<"$(aws sts assume-role --role-arn "$arn" --role-session-name s1 --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]')"
as_role() { AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret AWS_SESSION_TOKEN=$token aws "$@"; }
[ "$(as_role sts get-caller-identity --query Arn)" = "arn:aws:sts::123456789012:assumed-role/$name/s1" ]
as_role iot list-things >/dev/null
as_role s3 ls >/dev/null
if as_role iot create-thing --thing-name "$name" 2>err; then exit 1; fi
grep -q 'AccessDeniedException.*is not authorized to perform: iot:CreateThing' err
if as_role s3 mb "s3://$name" 2>err; then exit 1; fi
grep -q 'AccessDenied' err
aws iam detach-role-policy --role-name "$name" --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
aws iam delete-role-policy --role-name "$name" --policy-name p
aws iam delete-role --role-name "$name"
if as_role iot list-things 2>err; then exit 1; fi
