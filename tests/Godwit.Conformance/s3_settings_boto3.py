"""What tools set on buckets and objects besides bytes: tags, policy, CORS, attributes, parts, forms. Works with any version of boto3."""
import json
import os
import urllib.error
import urllib.request
import uuid

import boto3
from botocore.client import Config
from botocore.exceptions import ClientError

url = os.environ["AWS_ENDPOINT_URL"]
s3 = boto3.client("s3", endpoint_url=url, config=Config(s3={"addressing_style": "path"}, signature_version="s3v4"))
bucket = "settings-" + uuid.uuid4().hex[:12]


def refused(code, call, **request):
    try:
        call(**request)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
        return
    raise AssertionError(f"{call.__name__} was not refused with {code}")


s3.create_bucket(Bucket=bucket)

# As Terraform reads a bucket that it has just made.
refused("NoSuchBucketPolicy", s3.get_bucket_policy, Bucket=bucket)
refused("NoSuchCORSConfiguration", s3.get_bucket_cors, Bucket=bucket)
refused("NoSuchTagSet", s3.get_bucket_tagging, Bucket=bucket)
refused("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, Bucket=bucket)
refused("NoSuchWebsiteConfiguration", s3.get_bucket_website, Bucket=bucket)
refused("ReplicationConfigurationNotFoundError", s3.get_bucket_replication, Bucket=bucket)
refused("ObjectLockConfigurationNotFoundError", s3.get_object_lock_configuration, Bucket=bucket)
refused("ServerSideEncryptionConfigurationNotFoundError", s3.get_bucket_encryption, Bucket=bucket)
assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
assert s3.get_bucket_acl(Bucket=bucket)["Grants"][0]["Permission"] == "FULL_CONTROL"
assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket=bucket)
s3.get_bucket_notification_configuration(Bucket=bucket)
assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]["BlockPublicAcls"] is True
assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]

# Kept and given back.
policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}
s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == policy
s3.delete_bucket_policy(Bucket=bucket)
s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "team", "Value": "fleet"}]})
assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "team", "Value": "fleet"}]
s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": False})
assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]["RestrictPublicBuckets"] is False
s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [{"AllowedOrigins": ["https://app.example"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["*"], "MaxAgeSeconds": 60}]})
assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"][0]["AllowedMethods"] == ["GET", "PUT"]

# A browser asks before it sends.
question = urllib.request.Request(f"{url}/{bucket}/a", method="OPTIONS", headers={"Origin": "https://app.example", "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type"})
with urllib.request.urlopen(question) as answer:
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example", answer.headers

# Tags of objects.
s3.put_object(Bucket=bucket, Key="a", Body=b"image", Tagging="stage=beta")
assert s3.get_object(Bucket=bucket, Key="a")["TagCount"] == 1
s3.put_object_tagging(Bucket=bucket, Key="a", Tagging={"TagSet": [{"Key": "stage", "Value": "ga"}, {"Key": "by", "Value": "ci"}]})
assert {"Key": "stage", "Value": "ga"} in s3.get_object_tagging(Bucket=bucket, Key="a")["TagSet"]
s3.copy_object(Bucket=bucket, Key="b", CopySource={"Bucket": bucket, "Key": "a"}, TaggingDirective="REPLACE", Tagging="stage=copy", MetadataDirective="REPLACE", Metadata={"x": "y"})
assert s3.get_object_tagging(Bucket=bucket, Key="b")["TagSet"] == [{"Key": "stage", "Value": "copy"}]
s3.delete_object_tagging(Bucket=bucket, Key="a")
assert s3.get_object_tagging(Bucket=bucket, Key="a")["TagSet"] == []

# Parts and attributes.
upload = s3.create_multipart_upload(Bucket=bucket, Key="big", ChecksumAlgorithm="CRC32")["UploadId"]
parts = []
for number, body in ((1, b"x" * (5 << 20)), (2, b"the end")):
    part = s3.upload_part(Bucket=bucket, Key="big", UploadId=upload, PartNumber=number, Body=body, ChecksumAlgorithm="CRC32")
    parts.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]})
s3.complete_multipart_upload(Bucket=bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": parts})
last = s3.get_object(Bucket=bucket, Key="big", PartNumber=2)
assert last["Body"].read() == b"the end" and last["PartsCount"] == 2
attributes = s3.get_object_attributes(Bucket=bucket, Key="big", ObjectAttributes=["ETag", "Checksum", "ObjectParts", "ObjectSize"])
assert attributes["ObjectSize"] == (5 << 20) + 7 and attributes["ObjectParts"]["TotalPartsCount"] == 2, attributes

# A form as a browser posts it.
form = s3.generate_presigned_post(bucket, "fw/${filename}", Fields={"Content-Type": "text/plain"}, Conditions=[{"Content-Type": "text/plain"}, ["content-length-range", 1, 100]], ExpiresIn=60)
boundary = uuid.uuid4().hex


def post(fields, content):
    body = b"".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items())
    body += f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="app.bin"\r\nContent-Type: text/plain\r\n\r\n'.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    request = urllib.request.Request(f"{url}/{bucket}", data=body, headers={"Content-Type": f"multipart/form-data; boundary={boundary}"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


assert post(form["fields"], b"posted") == 204
assert s3.get_object(Bucket=bucket, Key="fw/app.bin")["Body"].read() == b"posted"
assert post(form["fields"], b"x" * 101) == 400
assert post({**form["fields"], "key": "elsewhere"}, b"posted") == 403

for key in ("a", "b", "big", "fw/app.bin"):
    s3.delete_object(Bucket=bucket, Key=key)
s3.delete_bucket(Bucket=bucket)
