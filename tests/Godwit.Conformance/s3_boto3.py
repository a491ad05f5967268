"""S3 as boto3 uses it: buckets, versions, multipart uploads, presigned URLs, listings. Works with any version of boto3."""
import base64
import hashlib
import os
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import uuid

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.client import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
s3 = boto3.client("s3", endpoint_url=ENDPOINT, config=Config(s3={"addressing_style": "path"}, signature_version="s3v4"))
bucket = "conf-" + uuid.uuid4().hex[:12]


def check(condition, what):
    if not condition:
        sys.exit(f"FAILED: {what}")


def refused(code, status, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        got = (error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
        check(got == (code, status), f"{call.__name__}: expected {code} {status}, got {got}")
        return error.response
    sys.exit(f"FAILED: {call.__name__} was not refused with {code}")


def fetch(url, method="GET", body=None, **headers):
    request = urllib.request.Request(url, data=body, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


# Buckets
s3.create_bucket(Bucket=bucket)
check(bucket in [b["Name"] for b in s3.list_buckets()["Buckets"]], "the new bucket is listed")
check(s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None, "the first region has no name")
s3.head_bucket(Bucket=bucket)
refused("InvalidBucketName", 400, boto3.client("s3", endpoint_url=ENDPOINT).create_bucket, Bucket="xn--bad-name")
refused("404", 404, s3.head_bucket, Bucket="no-such-" + bucket)
refused("NoSuchBucket", 404, s3.put_object, Bucket="no-such-" + bucket, Key="a", Body=b"")

# Unversioned objects
put = s3.put_object(Bucket=bucket, Key="plain/a b+c.bin", Body=b"hello", ContentType="text/plain", Metadata={"model": "esp32"})
check(put["ETag"] == '"5d41402abc4b2a76b9719d911017c592"' and "VersionId" not in put, "a plain put")
got = s3.get_object(Bucket=bucket, Key="plain/a b+c.bin")
check(got["Body"].read() == b"hello" and got["ContentType"] == "text/plain" and got["Metadata"] == {"model": "esp32"}, "a plain get")
part = s3.get_object(Bucket=bucket, Key="plain/a b+c.bin", Range="bytes=1-3")
check(part["Body"].read() == b"ell" and part["ContentRange"] == "bytes 1-3/5", "a range")
refused("InvalidRange", 416, s3.get_object, Bucket=bucket, Key="plain/a b+c.bin", Range="bytes=9-")
refused("304", 304, s3.get_object, Bucket=bucket, Key="plain/a b+c.bin", IfNoneMatch=put["ETag"])
refused("PreconditionFailed", 412, s3.get_object, Bucket=bucket, Key="plain/a b+c.bin", IfMatch='"other"')
refused("NoSuchKey", 404, s3.get_object, Bucket=bucket, Key="none")
refused("404", 404, s3.head_object, Bucket=bucket, Key="none")
md5 = base64.b64encode(hashlib.md5(b"hallo").digest()).decode()
refused("BadDigest", 400, s3.put_object, Bucket=bucket, Key="bad", Body=b"hello", ContentMD5=md5)
refused("KeyTooLongError", 400, s3.put_object, Bucket=bucket, Key="k" * 1025, Body=b"")
s3.put_object(Bucket=bucket, Key="k" * 1024, Body=b"")

for algorithm in ["CRC32", "SHA1", "SHA256"]:
    put = s3.put_object(Bucket=bucket, Key="sum", Body=b"123456789", ChecksumAlgorithm=algorithm)
    check(put.get("Checksum" + algorithm), f"{algorithm} is given back")
    head = s3.head_object(Bucket=bucket, Key="sum", ChecksumMode="ENABLED")
    check(head["Checksum" + algorithm] == put["Checksum" + algorithm], f"{algorithm} is kept")

# Versions
s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
check(s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled", "versioning is on")
envelope = s3.put_object(Bucket=bucket, Key="signed/job1", Body=b"envelope")["VersionId"]
image = s3.put_object(Bucket=bucket, Key="signed/job1", Body=b"image")["VersionId"]
listed = s3.list_object_versions(Bucket=bucket, Prefix="signed/job1")["Versions"]
check([v["VersionId"] for v in listed] == [image, envelope] and listed[0]["IsLatest"], "the newest version is listed first")
got = s3.get_object(Bucket=bucket, Key="signed/job1", VersionId=envelope)
check(got["VersionId"] == envelope and got["Body"].read() == b"envelope", "a version is got by its id")
marker = s3.delete_object(Bucket=bucket, Key="signed/job1")
check(marker["DeleteMarker"] and marker["VersionId"], "a delete marker is made")
refused("NoSuchKey", 404, s3.get_object, Bucket=bucket, Key="signed/job1")
refused("MethodNotAllowed", 405, s3.get_object, Bucket=bucket, Key="signed/job1", VersionId=marker["VersionId"])
s3.delete_object(Bucket=bucket, Key="signed/job1", VersionId=marker["VersionId"])
check(s3.get_object(Bucket=bucket, Key="signed/job1")["VersionId"] == image, "without its marker the object is back")
refused("NoSuchVersion", 404, s3.get_object, Bucket=bucket, Key="signed/job1", VersionId="x" * 32)

# Copies
copied = s3.copy_object(Bucket=bucket, Key="copy é", CopySource={"Bucket": bucket, "Key": "signed/job1", "VersionId": envelope})
check(copied["CopySourceVersionId"] == envelope, "the source's version is named")
check(s3.get_object(Bucket=bucket, Key="copy é")["Body"].read() == b"envelope", "a version is copied")

# Uploads in parts
size = 20 << 20
content = hashlib.sha256(b"seed").digest() * (size // 32) + b"tail"
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "firmware.bin")
    with open(path, "wb") as file:
        file.write(content)
    s3.upload_file(path, bucket, "big/firmware.bin", ExtraArgs={"Metadata": {"build": "42"}}, Config=TransferConfig(multipart_threshold=8 << 20))
    head = s3.head_object(Bucket=bucket, Key="big/firmware.bin")
    check(head["ContentLength"] == len(content) and head["ETag"].endswith('-3"') and head["Metadata"] == {"build": "42"}, "upload_file in parts")
    s3.download_file(bucket, "big/firmware.bin", path)
    with open(path, "rb") as file:
        check(file.read() == content, "download_file in ranges")
parts = [content[: 5 << 20], content[5 << 20: 10 << 20], b"end"]
upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
etags = [s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=n + 1, Body=p)["ETag"] for n, p in enumerate(parts)]
check(len(s3.list_parts(Bucket=bucket, Key="parts", UploadId=upload)["Parts"]) == 3, "the parts are listed")
check(upload in [u["UploadId"] for u in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]], "the upload is listed")
wrong = {"Parts": [{"PartNumber": 1, "ETag": '"0"'}]}
refused("InvalidPart", 400, s3.complete_multipart_upload, Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload=wrong)
order = {"Parts": [{"PartNumber": 2, "ETag": etags[1]}, {"PartNumber": 1, "ETag": etags[0]}]}
refused("InvalidPartOrder", 400, s3.complete_multipart_upload, Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload=order)
small = {"Parts": [{"PartNumber": 3, "ETag": etags[2]}]}
s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=4, Body=b"more")
refused("EntityTooSmall", 400, s3.complete_multipart_upload, Bucket=bucket, Key="parts", UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 3, "ETag": etags[2]}, {"PartNumber": 4, "ETag": '"%s"' % hashlib.md5(b"more").hexdigest()}]})
done = s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload,
                                    MultipartUpload={"Parts": [{"PartNumber": n + 1, "ETag": e} for n, e in enumerate(etags)]})
expected = hashlib.md5(b"".join(hashlib.md5(p).digest() for p in parts)).hexdigest()
check(done["ETag"] == f'"{expected}-3"', "the ETag is the MD5 of the parts' MD5s")
check(s3.get_object(Bucket=bucket, Key="parts")["Body"].read() == b"".join(parts), "the parts are one")
upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
s3.upload_part_copy(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=1, CopySource={"Bucket": bucket, "Key": "parts"}, CopySourceRange="bytes=0-9")
s3.abort_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload)
refused("NoSuchUpload", 404, s3.abort_multipart_upload, Bucket=bucket, Key="parts", UploadId=upload)

# Listings
keys = ["list/" + k for k in ["a/1", "a/2", "b", "c/x/y", "d&<>\"'", "é", "日本", "z z"]]
for key in keys:
    s3.put_object(Bucket=bucket, Key=key, Body=b"x")
pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="list/", PaginationConfig={"PageSize": 2})
check([o["Key"] for p in pages for o in p.get("Contents", [])] == sorted(keys, key=lambda k: k.encode()), "pages of two hold every key in order")
for name in ["list_objects", "list_objects_v2"]:
    pages = list(s3.get_paginator(name).paginate(Bucket=bucket, Prefix="list/", Delimiter="/", PaginationConfig={"PageSize": 1}))
    check([c["Prefix"] for p in pages for c in p.get("CommonPrefixes", [])] == ["list/a/", "list/c/"], f"{name} folds what shares a prefix")
    check(len([o for p in pages for o in p.get("Contents", [])]) == 5, f"{name} lists what is not folded")
pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 3})
check(len([v for p in pages for v in p.get("Versions", [])]) == len(keys) + 8, "every version is listed once")

# Presigned URLs
url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "big/firmware.bin"}, ExpiresIn=600)
status, headers, body = fetch(url, Range="bytes=0-4095")
check(status == 206 and body == content[:4096] and headers["Content-Range"] == f"bytes 0-4095/{len(content)}", "a range of a presigned URL")
check(len(str(headers)) < 1024, "the headers fit into a small device")
check(fetch(url, method="PUT", body=b"evil")[0] == 403, "another method is refused")
check(fetch(url.replace("big", "bog"))[0] == 403, "another key is refused")
check(fetch(url, **{"x-amz-copy-source": "/a/b"})[0] == 403, "an unsigned x-amz header is refused")
check(fetch(url, Range="bytes=99999999-")[0] == 416, "a range behind the end")
check(fetch(s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "none"}))[0] == 404, "an unknown key")
url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "by-url"})
check(fetch(url, method="PUT", body=b"uploaded")[0] == 200, "a presigned upload")
check(s3.get_object(Bucket=bucket, Key="by-url")["Body"].read() == b"uploaded", "what was uploaded by URL")

# Deletion
refused("BucketNotEmpty", 409, s3.delete_bucket, Bucket=bucket)
while True:
    page = s3.list_object_versions(Bucket=bucket, MaxKeys=5)
    found = [{"Key": v["Key"], "VersionId": v["VersionId"]} for v in page.get("Versions", []) + page.get("DeleteMarkers", [])]
    if not found:
        break
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": found})
    check(len(deleted["Deleted"]) == len(found), "a batch deletes each")
s3.delete_bucket(Bucket=bucket)
refused("NotImplemented", 501, s3.get_bucket_analytics_configuration, Bucket=bucket, Id="a")

# The whole of a versioned bucket, by the resource, which deletes while it lists.
resource = boto3.resource("s3", endpoint_url=ENDPOINT).Bucket(bucket)
resource.create()
resource.Versioning().enable()
for n in range(7):
    resource.put_object(Key="k", Body=str(n).encode())
resource.object_versions.delete()
resource.delete()
print("ok")
