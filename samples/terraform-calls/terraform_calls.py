#!/usr/bin/env python3
"""The calls that Terraform's AWS provider makes for a small OTA set-up: apply, plan again (nothing may differ), one update through it, destroy, and read that all is gone.
Each class is one resource with the provider's calls in their order; what read() answers is what the provider keeps as the resource's state.

    AWS_ENDPOINT_URL=http://localhost:4566 AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… ./terraform_calls.py

With Terraform itself, point the provider's endpoints (iam, iot, s3, sts) at Godwit, and set s3_use_path_style, skip_region_validation and skip_requesting_account_id.
"""
import hashlib
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


def wanted(state, **expected):
    """What the configuration says must be what the provider reads, or its plan would want to change it."""
    for name, value in expected.items():
        assert state[name] == value, f"{name} is {state[name]!r} and should be {value!r}"
    return state


class aws_iam_role:
    def __init__(self, name):
        self.name, self.gone = name, ("NoSuchEntity",)

    def create(self):
        self.arn = iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=json.dumps(TRUST), MaxSessionDuration=3600, Path="/", Tags=[{"Key": "managed-by", "Value": "terraform"}])["Role"]["Arn"]

    def read(self):
        role = iam.get_role(RoleName=self.name)["Role"]
        return wanted({
            "arn": role["Arn"], "unique_id": role["RoleId"], "create_date": role["CreateDate"], "assume_role_policy": role["AssumeRolePolicyDocument"], "max_session_duration": role["MaxSessionDuration"],
            "path": role["Path"], "description": role.get("Description", ""), "tags": {tag["Key"]: tag["Value"] for tag in role.get("Tags", [])},
            "inline_policy": iam.list_role_policies(RoleName=self.name)["PolicyNames"],
            "managed_policy_arns": [policy["PolicyArn"] for policy in iam.list_attached_role_policies(RoleName=self.name)["AttachedPolicies"]],
        }, assume_role_policy=TRUST, max_session_duration=3600, tags={"managed-by": "terraform"})

    def delete(self):
        assert iam.list_instance_profiles_for_role(RoleName=self.name)["InstanceProfiles"] == []
        iam.delete_role(RoleName=self.name)


class aws_iam_policy:
    def __init__(self, name, document):
        self.name, self.document, self.gone = name, document, ("NoSuchEntity",)

    def create(self):
        self.arn = iam.create_policy(PolicyName=self.name, PolicyDocument=json.dumps(self.document), Path="/")["Policy"]["Arn"]

    def read(self):
        policy = iam.get_policy(PolicyArn=self.arn)["Policy"]
        document = iam.get_policy_version(PolicyArn=self.arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]["Document"]
        return wanted({"arn": policy["Arn"], "policy_id": policy["PolicyId"], "path": policy["Path"], "policy": document, "tags": policy.get("Tags", [])}, policy=self.document)

    def delete(self):
        for version in iam.list_policy_versions(PolicyArn=self.arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=self.arn, VersionId=version["VersionId"])
        iam.delete_policy(PolicyArn=self.arn)


class aws_iam_role_policy_attachment:
    def __init__(self, role, policy):
        self.role, self.policy, self.gone = role, policy, ("NoSuchEntity",)

    def create(self):
        iam.attach_role_policy(RoleName=self.role.name, PolicyArn=self.policy.arn)

    def read(self):
        attached = [policy["PolicyArn"] for policy in iam.list_attached_role_policies(RoleName=self.role.name)["AttachedPolicies"]]
        assert self.policy.arn in attached
        return {"role": self.role.name, "policy_arn": self.policy.arn}

    def delete(self):
        iam.detach_role_policy(RoleName=self.role.name, PolicyArn=self.policy.arn)


class aws_iam_role_policy:
    def __init__(self, role, name, document):
        self.role, self.name, self.document, self.gone = role, name, document, ("NoSuchEntity",)

    def create(self):
        iam.put_role_policy(RoleName=self.role.name, PolicyName=self.name, PolicyDocument=json.dumps(self.document))

    def read(self):
        policy = iam.get_role_policy(RoleName=self.role.name, PolicyName=self.name)
        return wanted({"role": policy["RoleName"], "name": policy["PolicyName"], "policy": policy["PolicyDocument"]}, policy=self.document)

    def delete(self):
        iam.delete_role_policy(RoleName=self.role.name, PolicyName=self.name)


class aws_s3_bucket:
    """With aws_s3_bucket_versioning and aws_s3_bucket_public_access_block."""

    def __init__(self, name):
        self.name, self.gone = name, ("404", "NoSuchBucket")

    def create(self):
        s3.create_bucket(Bucket=self.name)
        s3.put_bucket_tagging(Bucket=self.name, Tagging={"TagSet": [{"Key": "managed-by", "Value": "terraform"}]})
        s3.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": "Enabled"})
        s3.put_public_access_block(Bucket=self.name, PublicAccessBlockConfiguration={k: True for k in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")})

    def read(self):
        name = self.name
        s3.head_bucket(Bucket=name)
        answers = {
            "policy": absent(s3.get_bucket_policy, "NoSuchBucketPolicy", Bucket=name),
            "acl": s3.get_bucket_acl(Bucket=name),
            "cors": absent(s3.get_bucket_cors, "NoSuchCORSConfiguration", Bucket=name),
            "website": absent(s3.get_bucket_website, "NoSuchWebsiteConfiguration", Bucket=name),
            "versioning": s3.get_bucket_versioning(Bucket=name),
            "accelerate": s3.get_bucket_accelerate_configuration(Bucket=name),
            "request_payment": s3.get_bucket_request_payment(Bucket=name),
            "logging": s3.get_bucket_logging(Bucket=name),
            "lifecycle": absent(s3.get_bucket_lifecycle_configuration, "NoSuchLifecycleConfiguration", Bucket=name),
            "replication": absent(s3.get_bucket_replication, "ReplicationConfigurationNotFoundError", Bucket=name),
            "encryption": absent(s3.get_bucket_encryption, "ServerSideEncryptionConfigurationNotFoundError", Bucket=name),
            "object_lock": absent(s3.get_object_lock_configuration, "ObjectLockConfigurationNotFoundError", Bucket=name),
            "location": s3.get_bucket_location(Bucket=name),
            "tags": s3.get_bucket_tagging(Bucket=name),
            "public_access_block": s3.get_public_access_block(Bucket=name),
        }
        state = {key: answer and {member: value for member, value in answer.items() if member != "ResponseMetadata"} for key, answer in answers.items()}
        return wanted(state, versioning={"Status": "Enabled"}, tags={"TagSet": [{"Key": "managed-by", "Value": "terraform"}]}, policy=None)

    def delete(self):
        s3.delete_public_access_block(Bucket=self.name)
        s3.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": "Suspended"})
        s3.delete_bucket(Bucket=self.name)


class aws_s3_object:
    def __init__(self, bucket, key, body):
        self.bucket, self.key, self.body, self.gone = bucket, key, body, ("404", "NoSuchKey")

    def create(self):
        self.version = s3.put_object(Bucket=self.bucket.name, Key=self.key, Body=self.body, ContentType="application/octet-stream")["VersionId"]

    def read(self):
        head = s3.head_object(Bucket=self.bucket.name, Key=self.key, ChecksumMode="ENABLED")
        state = {"etag": head["ETag"].strip('"'), "version_id": head["VersionId"], "content_type": head["ContentType"], "metadata": head["Metadata"],
                 "checksum_crc32": head.get("ChecksumCRC32"), "tags": s3.get_object_tagging(Bucket=self.bucket.name, Key=self.key)["TagSet"]}
        return wanted(state, etag=hashlib.md5(self.body).hexdigest(), version_id=self.version, content_type="application/octet-stream")

    def delete(self):
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket.name, Prefix=self.key):
            for entry in page.get("Versions", []) + page.get("DeleteMarkers", []):
                s3.delete_object(Bucket=self.bucket.name, Key=entry["Key"], VersionId=entry["VersionId"])


class aws_iot_thing:
    def __init__(self, name):
        self.name, self.gone = name, ("ResourceNotFoundException",)

    def create(self):
        self.arn = iot.create_thing(thingName=self.name, attributePayload={"attributes": {"site": "x"}})["thingArn"]

    def read(self):
        thing = iot.describe_thing(thingName=self.name)
        state = {"arn": thing["thingArn"], "default_client_id": thing["defaultClientId"], "attributes": thing["attributes"], "thing_type_name": thing.get("thingTypeName"), "version": thing["version"]}
        return wanted(state, attributes={"site": "x"}, default_client_id=self.name, version=1)

    def delete(self):
        iot.delete_thing(thingName=self.name)


class aws_iot_policy:
    def __init__(self, name, document):
        self.name, self.document, self.gone = name, document, ("ResourceNotFoundException",)

    def create(self):
        self.arn = iot.create_policy(policyName=self.name, policyDocument=json.dumps(self.document), tags=[{"Key": "managed-by", "Value": "terraform"}])["policyArn"]

    def read(self):
        policy = iot.get_policy(policyName=self.name)
        state = {"arn": policy["policyArn"], "default_version_id": policy["defaultVersionId"], "policy": json.loads(policy["policyDocument"]), "tags": iot.list_tags_for_resource(resourceArn=self.arn)["tags"]}
        return wanted(state, policy=self.document, default_version_id="1", tags=[{"Key": "managed-by", "Value": "terraform"}])

    def delete(self):
        for version in iot.list_policy_versions(policyName=self.name)["policyVersions"]:
            if not version["isDefaultVersion"]:
                iot.delete_policy_version(policyName=self.name, policyVersionId=version["versionId"])
        iot.delete_policy(policyName=self.name)


class aws_iot_certificate:
    gone = ("ResourceNotFoundException",)

    def create(self):
        made = iot.create_keys_and_certificate(setAsActive=True)
        self.id, self.arn = made["certificateId"], made["certificateArn"]

    def read(self):
        certificate = iot.describe_certificate(certificateId=self.id)["certificateDescription"]
        return wanted({"arn": certificate["certificateArn"], "status": certificate["status"], "pem": certificate["certificatePem"], "ca": certificate.get("caCertificateId")}, status="ACTIVE")

    def delete(self):
        iot.update_certificate(certificateId=self.id, newStatus="INACTIVE")
        iot.delete_certificate(certificateId=self.id)


class aws_iot_policy_attachment:
    def __init__(self, policy, certificate):
        self.policy, self.certificate, self.gone = policy, certificate, ("ResourceNotFoundException",)

    def create(self):
        iot.attach_policy(policyName=self.policy.name, target=self.certificate.arn)

    def read(self):
        pages = iot.get_paginator("list_attached_policies").paginate(target=self.certificate.arn, recursive=False)
        return wanted({"policies": [policy["policyName"] for page in pages for policy in page["policies"]]}, policies=[self.policy.name])

    def delete(self):
        iot.detach_policy(policyName=self.policy.name, target=self.certificate.arn)


class aws_iot_thing_principal_attachment:
    def __init__(self, thing, certificate):
        self.thing, self.certificate, self.gone = thing, certificate, ("ResourceNotFoundException",)

    def create(self):
        iot.attach_thing_principal(thingName=self.thing.name, principal=self.certificate.arn)

    def read(self):
        return wanted({"principals": iot.list_thing_principals(thingName=self.thing.name)["principals"]}, principals=[self.certificate.arn])

    def delete(self):
        iot.detach_thing_principal(thingName=self.thing.name, principal=self.certificate.arn)


def configuration(account):
    """The resources, each behind those it refers to."""
    role, bucket, thing, certificate = aws_iam_role(f"ota-{TAG}"), aws_s3_bucket(f"firmware-{TAG}"), aws_iot_thing(f"device-{TAG}"), aws_iot_certificate()
    rights = aws_iam_policy(f"ota-{TAG}", {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": f"arn:aws:s3:::{bucket.name}/*"},
        {"Effect": "Allow", "Action": ["iot:CreateStream", "iot:CreateJob", "iot:DescribeJob", "iot:DeleteJob", "iot:DeleteStream"], "Resource": "*"}]})
    hand_over = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["iam:GetRole", "iam:PassRole"], "Resource": f"arn:aws:iam::{account}:role/{role.name}"}]}
    policy = aws_iot_policy(f"device-{TAG}", {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": f"arn:aws:iot:{REGION}:{account}:*"}]})
    image = aws_s3_object(bucket, "app.bin", b"\0" * 4096)
    return [role, rights, aws_iam_role_policy(role, "hand-over", hand_over), aws_iam_role_policy_attachment(role, rights), bucket, image, thing, certificate, policy,
            aws_iot_policy_attachment(policy, certificate), aws_iot_thing_principal_attachment(thing, certificate)], role, image, thing


def update(role, image, thing):
    """What the set-up is for."""
    iot.create_ota_update(
        otaUpdateId=f"rel-{TAG}", targets=[thing.arn], roleArn=role.arn, files=[{
            "fileName": "/app.bin", "fileLocation": {"s3Location": {"bucket": image.bucket.name, "key": image.key, "version": image.version}},
            "codeSigning": {"customCodeSigning": {"signature": {"inlineDocument": b"sig"}, "certificateChain": {"certificateName": "cert"}, "hashAlgorithm": "SHA256", "signatureAlgorithm": "ECDSA"}}}])
    while (info := iot.get_ota_update(otaUpdateId=f"rel-{TAG}")["otaUpdateInfo"])["otaUpdateStatus"] in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
        time.sleep(0.05)
    if info["otaUpdateStatus"] != "CREATE_COMPLETE":
        sys.exit(f"the update failed: {info['errorInfo']}")
    print(f"update rel-{TAG}: {info['otaUpdateStatus']}, job {info['awsIotJobId']}")
    iot.delete_ota_update(otaUpdateId=f"rel-{TAG}", deleteStream=True, forceDeleteAWSJob=True)


def main():
    resources, role, image, thing = configuration(sts.get_caller_identity()["Account"])
    for resource in resources:
        resource.create()
    applied = [resource.read() for resource in resources]
    planned = [resource.read() for resource in resources]
    assert applied == planned, "a second plan would change something"
    update(role, image, thing)
    assert applied == [resource.read() for resource in resources], "an update changed what Terraform manages"
    for resource in reversed(resources):
        resource.delete()
    for resource in resources:
        try:
            resource.read()
        except ClientError as error:
            assert error.response["Error"]["Code"] in resource.gone, error
        else:
            sys.exit(f"{type(resource).__name__} is still there")
    print(f"{len(resources)} resources: applied, planned again without a change, destroyed")


if __name__ == "__main__":
    main()
