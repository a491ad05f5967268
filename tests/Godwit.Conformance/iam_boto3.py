"""Roles, users, keys, policies and temporary keys with boto3, in the account of the other key: roles there must not bind other scripts."""
import json
import os
import uuid

import boto3
from botocore.exceptions import ClientError

tag = uuid.uuid4().hex[:8]
role_name, user_name = f"ota-{tag}", f"ci-{tag}"
root = boto3.Session(os.environ["GODWIT_OTHER_ACCESS_KEY_ID"], os.environ["GODWIT_OTHER_SECRET_ACCESS_KEY"])
url = os.environ["AWS_ENDPOINT_URL"]


def client(service, session=root):
    return session.client(service, endpoint_url=url, region_name="us-east-1")


def session_of(credentials):
    return boto3.Session(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials.get("SessionToken"))


def refused(code, call, **request):
    try:
        call(**request)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
        return error.response["Error"]["Message"]
    raise AssertionError(f"{call.__name__} was not refused")


def policy(action, resource="*"):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]})


iam, sts, account = client("iam"), client("sts"), "123456789012"
assert sts.get_caller_identity()["Account"] == account
trust = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "iot.amazonaws.com"}, "Action": "sts:AssumeRole"},
    {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}]}

# A role as Terraform makes and reads it.
role = iam.create_role(RoleName=role_name, AssumeRolePolicyDocument=json.dumps(trust), Description="updates", Tags=[{"Key": "team", "Value": "fleet"}])["Role"]
got = iam.get_role(RoleName=role_name)["Role"]
assert got["AssumeRolePolicyDocument"] == trust and got["Arn"] == role["Arn"] and got["Tags"] == [{"Key": "team", "Value": "fleet"}], got
iam.put_role_policy(RoleName=role_name, PolicyName="read", PolicyDocument=policy("s3:GetObject", "arn:aws:s3:::fw-*"))
assert iam.get_role_policy(RoleName=role_name, PolicyName="read")["PolicyDocument"]["Statement"][0]["Action"] == "s3:GetObject"
ota = "arn:aws:iam::aws:policy/service-role/AmazonFreeRTOSOTAUpdate"
iam.attach_role_policy(RoleName=role_name, PolicyArn=ota)
assert [p["PolicyArn"] for p in iam.list_attached_role_policies(RoleName=role_name)["AttachedPolicies"]] == [ota]
assert iam.list_instance_profiles_for_role(RoleName=role_name)["InstanceProfiles"] == []
assert any(r["RoleName"] == role_name for page in iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 1}) for r in page["Roles"])
assert iam.get_policy_version(PolicyArn=ota, VersionId="v1")["PolicyVersion"]["Document"]["Version"] == "2012-10-17"
refused("EntityAlreadyExists", iam.create_role, RoleName=role_name, AssumeRolePolicyDocument=json.dumps(trust))
refused("MalformedPolicyDocument", iam.update_assume_role_policy, RoleName=role_name, PolicyDocument="{}")
refused("DeleteConflict", iam.delete_role, RoleName=role_name)

# A user, held to the policy at iot and s3.
iam.create_user(UserName=user_name)
managed = iam.create_policy(PolicyName=f"things-{tag}", PolicyDocument=policy("iot:ListThings"))["Policy"]["Arn"]
iam.attach_user_policy(UserName=user_name, PolicyArn=managed)
key = iam.create_access_key(UserName=user_name)["AccessKey"]
user = session_of(key)
assert client("sts", user).get_caller_identity()["Arn"] == f"arn:aws:iam::{account}:user/{user_name}"
assert client("iam", user).meta.service_model.service_name == "iam"
client("iot", user).list_things()
text = refused("AccessDeniedException", client("iot", user).create_thing, thingName=f"t-{tag}")
assert f"is not authorized to perform: iot:CreateThing on resource: arn:aws:iot:us-east-1:{account}:thing/t-{tag}" in text, text
refused("AccessDenied", client("s3", user).list_buckets)
refused("AccessDenied", client("iam", user).list_roles)

# Temporary keys.
assumed = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="s1")
ops = session_of(assumed["Credentials"])
assert client("sts", ops).get_caller_identity()["Arn"] == f"arn:aws:sts::{account}:assumed-role/{role_name}/s1"
assert client("sts", ops).get_caller_identity()["UserId"] == f"{role['RoleId']}:s1"
refused("AccessDeniedException", client("iot", ops).list_things)
client("s3", ops).list_buckets()
refused("AccessDenied", client("sts", user).assume_role, RoleArn=role["Arn"], RoleSessionName="s1")
own = session_of(client("sts", user).get_session_token()["Credentials"])
client("iot", own).list_things()
forged = boto3.Session(key["AccessKeyId"].replace("AKIA", "ASIA"), key["SecretAccessKey"], "forged")
refused("InvalidClientTokenId", client("sts", forged).get_caller_identity)

# A key that is switched off signs no more.
iam.update_access_key(UserName=user_name, AccessKeyId=key["AccessKeyId"], Status="Inactive")
refused("UnrecognizedClientException", client("iot", user).list_things)

# An update in an account with roles fails for AWS's reasons, and says so.
iot, s3 = client("iot"), client("s3")
bucket, thing = f"fw-{tag}", f"dev-{tag}"
s3.create_bucket(Bucket=bucket)
s3.put_object(Bucket=bucket, Key="app.bin", Body=b"image")
target = iot.create_thing(thingName=thing)["thingArn"]


def create(update):
    iot.create_ota_update(
        otaUpdateId=update, targets=[target], roleArn=role["Arn"],
        files=[{"fileName": "app.bin", "fileLocation": {"s3Location": {"bucket": bucket, "key": "app.bin"}},
                "codeSigning": {"customCodeSigning": {"signature": {"inlineDocument": b"sig"}, "certificateChain": {"certificateName": "c"},
                                                      "hashAlgorithm": "SHA256", "signatureAlgorithm": "ECDSA"}}}])
    for _ in range(10_000):
        info = iot.get_ota_update(otaUpdateId=update)["otaUpdateInfo"]
        if info["otaUpdateStatus"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
            return info
    raise AssertionError("the creation did not end")


failed = create(f"a-{tag}")
assert failed["otaUpdateStatus"] == "CREATE_FAILED", failed
assert f"iam:PassRole on resource: {role['Arn']}" in failed["errorInfo"]["message"], failed
iam.put_role_policy(RoleName=role_name, PolicyName="pass", PolicyDocument=policy(["iam:PassRole", "iam:GetRole"], role["Arn"]))
assert create(f"b-{tag}")["otaUpdateStatus"] == "CREATE_COMPLETE"
iot.delete_ota_update(otaUpdateId=f"b-{tag}", deleteStream=True, forceDeleteAWSJob=True)

iam.delete_access_key(UserName=user_name, AccessKeyId=key["AccessKeyId"])
iam.detach_user_policy(UserName=user_name, PolicyArn=managed)
iam.delete_user(UserName=user_name)
iam.delete_policy(PolicyArn=managed)
iam.detach_role_policy(RoleName=role_name, PolicyArn=ota)
for name in iam.list_role_policies(RoleName=role_name)["PolicyNames"]:
    iam.delete_role_policy(RoleName=role_name, PolicyName=name)
iam.delete_role(RoleName=role_name)
refused("NoSuchEntity", iam.get_role, RoleName=role_name)
