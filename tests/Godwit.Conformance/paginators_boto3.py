"""boto3's paginators walk 1,000 of each: every one comes once, in as many pages as were asked for."""
import http.client
import json
import os
import sys
import urllib.parse
import uuid

import boto3
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.client import Config
from botocore.credentials import Credentials

if not sys.executable.startswith("/usr/bin/"):
    # Paginators follow the same models in every version; once is enough.
    sys.exit(0)
TAG, COUNT = "pages" + uuid.uuid4().hex[:8], 1000
URL = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"])
KEYS = Credentials(os.environ["GODWIT_OTHER_ACCESS_KEY_ID"], os.environ["GODWIT_OTHER_SECRET_ACCESS_KEY"])
ACCOUNT = "123456789012"
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]})
wire = http.client.HTTPConnection(URL.hostname, URL.port)


def client(service):
    return boto3.client(service, endpoint_url=URL.geturl(), region_name="us-east-1", aws_access_key_id=KEYS.access_key, aws_secret_access_key=KEYS.secret_key, config=Config(s3={"addressing_style": "path"}))


def send(service, method, path, body):
    """The same signature as boto3's without the time that its serializers take a thousand times."""
    request = AWSRequest(method=method, url=URL.geturl() + path, data=body if isinstance(body, bytes) else json.dumps(body).encode())
    (S3SigV4Auth if service == "s3" else SigV4Auth)(KEYS, service, "us-east-1").add_auth(request)
    wire.request(method, path, request.data, dict(request.headers.items()))
    answer = wire.getresponse()
    said = answer.read()
    assert answer.status == 200, (path, answer.status, said)


def walk(service, operation, result, name, page, **request):
    """Pages of this run's own resources: their number where a page size was asked for, and each name once."""
    pages = [[item[name] for item in found.get(result, []) if TAG in item[name]] for found in client(service).get_paginator(operation).paginate(**request, PaginationConfig={"PageSize": page})]
    names = [item for found in pages for item in found]
    assert len(names) == len(set(names)) == COUNT, f"{operation}: {len(names)} names, {len(set(names))} of them different"
    assert len(pages) >= COUNT // page, f"{operation}: {len(pages)} pages"


names = [f"{TAG}-{i:04}" for i in range(COUNT)]
send("s3", "PUT", f"/{TAG}", b"")
for one in names:
    send("iot", "POST", f"/things/{one}", {})
    send("iot", "POST", f"/thing-groups/{one}", {})
    send("iot", "POST", f"/policies/{one}", {"policyDocument": DOCUMENT})
    send("s3", "PUT", f"/{TAG}/{one}", b"1")
iam, role = client("iam"), f"arn:aws:iam::{ACCOUNT}:role/{TAG}"
iam.create_role(RoleName=TAG, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "iot.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))
iam.put_role_policy(RoleName=TAG, PolicyName="read", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}))
group = f"arn:aws:iot:us-east-1:{ACCOUNT}:thinggroup/{names[0]}"
for one in names:
    send("iot", "PUT", f"/jobs/{one}", {"targets": [group], "document": "{}"})
    send("iot", "POST", f"/streams/{one}", {"files": [{"fileId": 0, "s3Location": {"bucket": TAG, "key": one}}], "roleArn": role})

walk("iot", "list_things", "things", "thingName", 250)
walk("iot", "list_thing_groups", "thingGroups", "groupName", 250)
walk("iot", "list_policies", "policies", "policyName", 250)
walk("iot", "list_jobs", "jobs", "jobId", 250)
walk("iot", "list_streams", "streams", "streamId", 250)
walk("s3", "list_objects_v2", "Contents", "Key", 250, Bucket=TAG)
walk("s3", "list_object_versions", "Versions", "Key", 250, Bucket=TAG)
iam.delete_role_policy(RoleName=TAG, PolicyName="read")
iam.delete_role(RoleName=TAG)
