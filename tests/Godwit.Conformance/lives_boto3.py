"""The lives of what the other scripts do not touch, call by call with boto3: made, changed, read back, listed, ended, and refused by name once it is gone."""
import datetime
import json
import os
import subprocess
import uuid

import boto3
from botocore import UNSIGNED
from botocore.client import Config
from botocore.exceptions import ClientError

TAG = uuid.uuid4().hex[:8]
ACCOUNT, OTHER = "000000000000", (os.environ["GODWIT_OTHER_ACCESS_KEY_ID"], os.environ["GODWIT_OTHER_SECRET_ACCESS_KEY"])
ANY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/none"


def client(service, *keys):
    return boto3.client(service, "us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"], config=Config(s3={"addressing_style": "path"}, inject_host_prefix=False),
                        **(dict(aws_access_key_id=keys[0], aws_secret_access_key=keys[1]) if keys else {}))


iot, s3, acm, signer, sts = (client(service) for service in ("iot", "s3", "acm", "signer", "sts"))
iam = client("iam", *OTHER)


def refused(code, call, **request):
    try:
        call(**request)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
        return
    raise AssertionError(f"{call.__name__} was not refused")


def known(name):
    """An operation that this version of boto3 has."""
    return hasattr(iot, name)


def groups_and_types():
    thing, group, kind = f"life-{TAG}", f"bill-{TAG}", f"type-{TAG}"
    iot.create_thing(thingName=thing)
    iot.create_billing_group(billingGroupName=group)
    iot.update_billing_group(billingGroupName=group, billingGroupProperties={"billingGroupDescription": "changed"})
    assert iot.describe_billing_group(billingGroupName=group)["billingGroupProperties"]["billingGroupDescription"] == "changed"
    iot.add_thing_to_billing_group(billingGroupName=group, thingName=thing)
    assert iot.describe_thing(thingName=thing)["billingGroupName"] == group
    iot.remove_thing_from_billing_group(billingGroupName=group, thingName=thing)
    iot.delete_billing_group(billingGroupName=group)
    refused("ResourceNotFoundException", iot.describe_billing_group, billingGroupName=group)
    iot.create_thing_type(thingTypeName=kind, thingTypeProperties={"thingTypeDescription": "a"})
    if known("update_thing_type"):
        iot.update_thing_type(thingTypeName=kind, thingTypeProperties={"thingTypeDescription": "b"})
        assert iot.describe_thing_type(thingTypeName=kind)["thingTypeProperties"]["thingTypeDescription"] == "b"
    if known("get_thing_connectivity_data"):
        iot.update_indexing_configuration(thingIndexingConfiguration={"thingIndexingMode": "REGISTRY", "thingConnectivityIndexingMode": "STATUS"})
        assert iot.get_thing_connectivity_data(thingName=thing)["connected"] is False
    return thing


def certificates(thing):
    subprocess.run(f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -days 30 -subj /CN=ca-{TAG} -addext basicConstraints=critical,CA:TRUE".split(),
                   check=True, capture_output=True)
    code = iot.get_registration_code()["registrationCode"]
    subprocess.run(f"openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout proof.key -out proof.csr -subj /CN={code}".split(), check=True, capture_output=True)
    subprocess.run("openssl x509 -req -in proof.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out proof.crt -days 5 -sha256".split(), check=True, capture_output=True)
    ca = iot.register_ca_certificate(caCertificate=open("ca.crt").read(), verificationCertificate=open("proof.crt").read(), setAsActive=True)["certificateId"]
    refused("ResourceNotFoundException", iot.update_ca_certificate, certificateId=ca, registrationConfig={"templateName": f"none-{TAG}"})
    iot.update_ca_certificate(certificateId=ca, newAutoRegistrationStatus="ENABLE")
    assert iot.describe_ca_certificate(certificateId=ca)["certificateDescription"]["autoRegistrationStatus"] == "ENABLE"
    assert ca in [one["certificateId"] for page in iot.get_paginator("list_ca_certificates").paginate() for one in page["certificates"]]
    assert iot.list_certificates_by_ca(caCertificateId=ca)["certificates"] == []
    refused("CertificateStateException", iot.delete_ca_certificate, certificateId=ca)
    iot.update_ca_certificate(certificateId=ca, newStatus="INACTIVE")
    iot.delete_ca_certificate(certificateId=ca)
    iot.delete_registration_code()
    refused("ResourceNotFoundException", iot.describe_ca_certificate, certificateId=ca)

    made = iot.create_keys_and_certificate(setAsActive=True)
    iot.attach_thing_principal(thingName=thing, principal=made["certificateArn"])
    if known("list_thing_principals_v2"):
        assert iot.list_thing_principals_v2(thingName=thing)["thingPrincipalObjects"][0]["principal"] == made["certificateArn"]
        assert iot.list_principal_things_v2(principal=made["certificateArn"])["principalThingObjects"][0]["thingName"] == thing
    policy = f"life-{TAG}"
    iot.create_policy(policyName=policy, policyDocument=json.dumps(ANY))
    iot.create_policy_version(policyName=policy, policyDocument=json.dumps(ANY))
    iot.set_default_policy_version(policyName=policy, policyVersionId="2")
    assert iot.get_policy(policyName=policy)["defaultVersionId"] == "2"


def transfers():
    """A certificate from account to account: offered twice, taken back, rejected, and at last accepted."""
    other = client("iot", *OTHER)
    one = iot.create_keys_and_certificate(setAsActive=False)["certificateId"]
    refused("InvalidRequestException", iot.transfer_certificate, certificateId=one, targetAwsAccount="999999999999")
    iot.transfer_certificate(certificateId=one, targetAwsAccount="123456789012", transferMessage="please")
    assert one in [cert["certificateId"] for page in iot.get_paginator("list_outgoing_certificates").paginate() for cert in page["outgoingCertificates"]]
    assert iot.describe_certificate(certificateId=one)["certificateDescription"]["status"] == "PENDING_TRANSFER"
    iot.cancel_certificate_transfer(certificateId=one)
    refused("ResourceNotFoundException", other.accept_certificate_transfer, certificateId=one)
    iot.transfer_certificate(certificateId=one, targetAwsAccount="123456789012")
    other.reject_certificate_transfer(certificateId=one, rejectReason="not ours")
    assert iot.describe_certificate(certificateId=one)["certificateDescription"]["transferData"]["rejectReason"] == "not ours"
    iot.transfer_certificate(certificateId=one, targetAwsAccount="123456789012")
    other.accept_certificate_transfer(certificateId=one, setAsActive=True)
    taken = other.describe_certificate(certificateId=one)["certificateDescription"]
    assert (taken["status"], taken["ownedBy"], taken["previousOwnedBy"]) == ("ACTIVE", "123456789012", ACCOUNT)
    refused("TransferAlreadyCompletedException", iot.cancel_certificate_transfer, certificateId=one)
    other.update_certificate(certificateId=one, newStatus="INACTIVE")
    other.delete_certificate(certificateId=one)


def shadows(thing):
    """What is not part of an update service says so, by an exception of its own list."""
    data = client("iot-data")
    for call in (data.get_thing_shadow, data.delete_thing_shadow, data.list_named_shadows_for_thing):
        refused("MethodNotAllowedException", call, thingName=thing)
    refused("MethodNotAllowedException", data.update_thing_shadow, thingName=thing, payload=b"{}")


def jobs(thing):
    job, arn = f"life-{TAG}", iot.describe_thing(thingName=thing)["thingArn"]
    group = iot.create_thing_group(thingGroupName=f"life-{TAG}")["thingGroupArn"]
    iot.create_job(jobId=job, targets=[group], document="{}", targetSelection="CONTINUOUS")
    assert iot.associate_targets_with_job(jobId=job, targets=[arn])["jobId"] == job
    assert set(iot.describe_job(jobId=job)["job"]["targets"]) == {group, arn}
    refused("ResourceNotFoundException", iot.delete_job_execution, jobId=job, thingName="nobody", executionNumber=1)
    iot.create_job_template(jobTemplateId=job, document="{}", description="life")
    iot.delete_job_template(jobTemplateId=job)
    refused("ResourceNotFoundException", iot.describe_job_template, jobTemplateId=job)
    assert "JOB" in iot.describe_event_configurations()["eventConfigurations"]
    bucket = f"life-{TAG}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    files = [{"fileId": 0, "s3Location": {"bucket": bucket, "key": "a"}}]
    iot.create_stream(streamId=job, files=files, roleArn=ROLE)
    assert iot.update_stream(streamId=job, description="changed")["streamVersion"] == 2
    iot.delete_stream(streamId=job)
    refused("ResourceNotFoundException", iot.describe_stream, streamId=job)
    return bucket


def templates():
    name = f"life-{TAG}"
    body = json.dumps({"Parameters": {"AWS::IoT::Certificate::Id": {"Type": "String"}}, "Resources": {"certificate": {"Type": "AWS::IoT::Certificate", "Properties": {"CertificateId": {"Ref": "AWS::IoT::Certificate::Id"}}}}})
    iot.create_provisioning_template(templateName=name, templateBody=body, provisioningRoleArn=ROLE)
    assert name in [one["templateName"] for page in iot.get_paginator("list_provisioning_templates").paginate() for one in page["templates"]]
    iot.create_provisioning_template_version(templateName=name, templateBody=body)
    assert iot.describe_provisioning_template_version(templateName=name, versionId=2)["isDefaultVersion"] is False
    iot.update_provisioning_template(templateName=name, enabled=True, description="changed")
    assert iot.describe_provisioning_template(templateName=name)["description"] == "changed"
    iot.delete_provisioning_template_version(templateName=name, versionId=2)
    refused("ResourceNotFoundException", iot.describe_provisioning_template_version, templateName=name, versionId=2)
    iot.delete_provisioning_template(templateName=name)
    if known("create_package"):
        iot.create_package(packageName=name)
        iot.create_package_version(packageName=name, versionName="1")
        iot.update_package_configuration(versionUpdateByJobsConfig={"enabled": False})
        assert iot.get_package_configuration()["versionUpdateByJobsConfig"]["enabled"] is False
        iot.delete_package_version(packageName=name, versionName="1")
        iot.delete_package(packageName=name)
        refused("ResourceNotFoundException", iot.get_package, packageName=name)


def signing():
    made = signer.put_signing_profile(profileName=f"notary_{TAG}", platformId="Notation-OCI-SHA384-ECDSA")
    if hasattr(signer, "sign_payload"):
        signed = signer.sign_payload(profileName=f"notary_{TAG}", payload=b"{}", payloadFormat="application/vnd.cncf.notary.payload.v1+json")
        assert json.loads(signed["signature"])["signature"] and signed["metadata"]
        now = datetime.datetime.now(datetime.timezone.utc)
        job = f"arn:aws:signer:us-east-1:{ACCOUNT}:/signing-jobs/{signed['jobId']}"
        asked = dict(signatureTimestamp=now, platformId="Notation-OCI-SHA384-ECDSA", profileVersionArn=made["profileVersionArn"], jobArn=job, certificateHashes=["0" * 64])
        assert signer.get_revocation_status(**asked)["revokedEntities"] == []
    signer.revoke_signing_profile(profileName=f"notary_{TAG}", profileVersion=made["profileVersion"], reason="life", effectiveTime=datetime.datetime.now(datetime.timezone.utc))
    assert signer.get_signing_profile(profileName=f"notary_{TAG}")["status"] == "Revoked"
    arn = signer.get_signing_profile(profileName=f"notary_{TAG}")["signingMaterial"]["certificateArn"]
    acm.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    assert acm.list_tags_for_certificate(CertificateArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    acm.remove_tags_from_certificate(CertificateArn=arn, Tags=[{"Key": "a"}])
    assert acm.list_tags_for_certificate(CertificateArn=arn)["Tags"] == []
    assert sts.get_access_key_info(AccessKeyId=OTHER[0])["Account"] == "123456789012"


def buckets(bucket):
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]})
    s3.delete_bucket_cors(Bucket=bucket)
    refused("NoSuchCORSConfiguration", s3.get_bucket_cors, Bucket=bucket)
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    s3.delete_bucket_tagging(Bucket=bucket)
    refused("NoSuchTagSet", s3.get_bucket_tagging, Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}]}))
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"] is True
    # Open to everybody once the block that every new bucket has is taken away, and to those of another account by its policy.
    anybody = boto3.client("s3", "us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL"], config=Config(signature_version=UNSIGNED, s3={"addressing_style": "path"}))
    refused("AccessDenied", client("s3", *OTHER).get_object, Bucket=bucket, Key="a")
    s3.delete_public_access_block(Bucket=bucket)
    assert anybody.get_object(Bucket=bucket, Key="a")["Body"].read() == b"1"
    refused("AccessDenied", anybody.list_objects_v2, Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}]}))
    assert client("s3", *OTHER).get_object(Bucket=bucket, Key="a")["Body"].read() == b"1"
    refused("AccessDenied", client("s3", *OTHER).put_object, Bucket=bucket, Key="a", Body=b"2")
    s3.delete_bucket_policy(Bucket=bucket)
    refused("NoSuchBucketPolicy", s3.get_bucket_policy, Bucket=bucket)
    assert s3.get_object_acl(Bucket=bucket, Key="a")["Grants"][0]["Permission"] == "FULL_CONTROL"


def people():
    user, role = f"life-{TAG}", f"life-{TAG}"
    iam.create_user(UserName=user)
    assert user in [one["UserName"] for page in iam.get_paginator("list_users").paginate() for one in page["Users"]]
    iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=json.dumps(ANY))
    assert iam.get_user_policy(UserName=user, PolicyName="own")["PolicyDocument"] == ANY and iam.list_user_policies(UserName=user)["PolicyNames"] == ["own"]
    iam.delete_user_policy(UserName=user, PolicyName="own")
    refused("NoSuchEntity", iam.get_user_policy, UserName=user, PolicyName="own")
    arn = iam.create_policy(PolicyName=user, PolicyDocument=json.dumps(ANY))["Policy"]["Arn"]
    iam.attach_user_policy(UserName=user, PolicyArn=arn)
    assert [one["PolicyArn"] for one in iam.list_attached_user_policies(UserName=user)["AttachedPolicies"]] == [arn]
    assert [one["UserName"] for one in iam.list_entities_for_policy(PolicyArn=arn)["PolicyUsers"]] == [user]
    assert iam.list_groups_for_user(UserName=user)["Groups"] == []
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(ANY))
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v2"
    tags = [{"Key": "a", "Value": "b"}]
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "iot.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))
    assert iam.update_role_description(RoleName=role, Description="changed")["Role"]["Description"] == "changed"
    iam.tag_role(RoleName=role, Tags=tags)
    for tag, untag, listed, named in ((iam.tag_user, iam.untag_user, iam.list_user_tags, {"UserName": user}), (iam.tag_policy, iam.untag_policy, iam.list_policy_tags, {"PolicyArn": arn}),
                                      (iam.tag_role, iam.untag_role, iam.list_role_tags, {"RoleName": role})):
        tag(**named, Tags=tags)
        assert listed(**named)["Tags"] == tags
        untag(**named, TagKeys=["a"])
        assert listed(**named)["Tags"] == []
    iam.detach_user_policy(UserName=user, PolicyArn=arn)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    iam.delete_policy(PolicyArn=arn)
    iam.delete_role(RoleName=role)
    iam.delete_user(UserName=user)
    refused("NoSuchEntity", iam.get_user, UserName=user)


thing = groups_and_types()
certificates(thing)
transfers()
shadows(thing)
buckets(jobs(thing))
templates()
signing()
people()
