#!/usr/bin/env python3
"""The calls that Terraform's AWS provider makes for a small OTA set-up: create, read back until nothing differs, run one update through, destroy.

    AWS_ENDPOINT_URL=http://localhost:4566 AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… ./terraform_calls.py

With Terraform itself, point the provider's endpoints (iam, iot, s3, sts) at Godwit, and set s3_use_path_style, skip_region_validation and skip_requesting_account_id.
"""
import json
import os
import sys
import time
import uuid

import boto3
from botocore.client import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ.get("AWS_ENDPOINT_URL", "http://localhost:4566")
REGION = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")
TAG = uuid.uuid4().hex[:8]
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "iot.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def client(service):
    return boto3.client(service, endpoint_url=ENDPOINT, region_name=REGION, config=Config(s3={"addressing_style": "path"}))


iam, s3, iot, sts = client("iam"), client("s3"), client("iot"), client("sts")


def absent(call, *codes, **request):
    """The provider takes these refusals for "not set"."""
    try:
        return call(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] not in codes:
            raise
        return None


def aws_iam_role(name):
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST), MaxSessionDuration=3600, Path="/", Tags=[{"Key": "managed-by", "Value": "terraform"}])["Role"]
    read = iam.get_role(RoleName=name)["Role"]
    assert read["AssumeRolePolicyDocument"] == TRUST and read["MaxSessionDuration"] == 3600
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == []
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
    return role["Arn"]


def aws_iam_policy(name, document):
    arn = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document), Path="/")["Policy"]["Arn"]
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    assert iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"] == document
    return arn


def aws_s3_bucket(name):
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={k: True for k in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")})
    s3.head_bucket(Bucket=name)
    absent(s3.get_bucket_policy, "NoSuchBucketPolicy", Bucket=name)
    s3.get_bucket_acl(Bucket=name)
    absent(s3.get_bucket_cors, "NoSuchCORSConfiguration", Bucket=name)
    absent(s3.get_bucket_website, "NoSuchWebsiteConfiguration", Bucket=name)
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    s3.get_bucket_accelerate_configuration(Bucket=name)
    s3.get_bucket_request_payment(Bucket=name)
    s3.get_bucket_logging(Bucket=name)
    absent(s3.get_bucket_lifecycle_configuration, "NoSuchLifecycleConfiguration", Bucket=name)
    absent(s3.get_bucket_replication, "ReplicationConfigurationNotFoundError", Bucket=name)
    absent(s3.get_bucket_encryption, "ServerSideEncryptionConfigurationNotFoundError", Bucket=name)
    absent(s3.get_object_lock_configuration, "ObjectLockConfigurationNotFoundError", Bucket=name)
    s3.get_bucket_location(Bucket=name)
    absent(s3.get_bucket_tagging, "NoSuchTagSet", Bucket=name)


def aws_s3_object(bucket, key, body):
    version = s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"]
    s3.head_object(Bucket=bucket, Key=key)
    s3.get_object_tagging(Bucket=bucket, Key=key)
    return version


def main():
    account = sts.get_caller_identity()["Account"]
    role, bucket, thing = f"ota-{TAG}", f"firmware-{TAG}", f"device-{TAG}"
    role_arn = aws_iam_role(role)
    policy_arn = aws_iam_policy(f"ota-{TAG}", {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": f"arn:aws:s3:::{bucket}/*"},
        {"Effect": "Allow", "Action": ["iot:CreateStream", "iot:CreateJob", "iot:DescribeJob", "iot:DeleteJob", "iot:DeleteStream"], "Resource": "*"},
        {"Effect": "Allow", "Action": ["iam:GetRole", "iam:PassRole"], "Resource": role_arn}]})
    iam.attach_role_policy(RoleName=role, PolicyArn=policy_arn)
    assert [p["PolicyArn"] for p in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]] == [policy_arn]
    aws_s3_bucket(bucket)
    version = aws_s3_object(bucket, "app.bin", b"\0" * 4096)
    thing_arn = iot.create_thing(thingName=thing)["thingArn"]
    assert iot.describe_thing(thingName=thing)["thingName"] == thing
    certificate = iot.create_keys_and_certificate(setAsActive=True)
    device_policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": f"arn:aws:iot:{REGION}:{account}:*"}]}
    iot.create_policy(policyName=f"device-{TAG}", policyDocument=json.dumps(device_policy))
    iot.attach_policy(policyName=f"device-{TAG}", target=certificate["certificateArn"])
    iot.attach_thing_principal(thingName=thing, principal=certificate["certificateArn"])

    iot.create_ota_update(
        otaUpdateId=f"rel-{TAG}", targets=[thing_arn], roleArn=role_arn, files=[{
            "fileName": "/app.bin", "fileLocation": {"s3Location": {"bucket": bucket, "key": "app.bin", "version": version}},
            "codeSigning": {"customCodeSigning": {"signature": {"inlineDocument": b"sig"}, "certificateChain": {"certificateName": "cert"}, "hashAlgorithm": "SHA256", "signatureAlgorithm": "ECDSA"}}}])
    while (info := iot.get_ota_update(otaUpdateId=f"rel-{TAG}")["otaUpdateInfo"])["otaUpdateStatus"] in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
        time.sleep(0.05)
    if info["otaUpdateStatus"] != "CREATE_COMPLETE":
        sys.exit(f"the update failed: {info['errorInfo']}")
    print(f"update rel-{TAG}: {info['otaUpdateStatus']}, job {info['awsIotJobId']}")

    # terraform destroy, in reverse.
    iot.delete_ota_update(otaUpdateId=f"rel-{TAG}", deleteStream=True, forceDeleteAWSJob=True)
    iot.detach_thing_principal(thingName=thing, principal=certificate["certificateArn"])
    iot.detach_policy(policyName=f"device-{TAG}", target=certificate["certificateArn"])
    iot.delete_policy(policyName=f"device-{TAG}")
    iot.update_certificate(certificateId=certificate["certificateId"], newStatus="INACTIVE")
    iot.delete_certificate(certificateId=certificate["certificateId"])
    iot.delete_thing(thingName=thing)
    for entry in s3.list_object_versions(Bucket=bucket)["Versions"]:
        s3.delete_object(Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])
    s3.delete_bucket(Bucket=bucket)
    iam.detach_role_policy(RoleName=role, PolicyArn=policy_arn)
    assert [v["VersionId"] for v in iam.list_policy_versions(PolicyArn=policy_arn)["Versions"]] == ["v1"]
    iam.delete_policy(PolicyArn=policy_arn)
    assert iam.list_instance_profiles_for_role(RoleName=role)["InstanceProfiles"] == []
    iam.delete_role(RoleName=role)


if __name__ == "__main__":
    main()
