"""The README's first update by boto3, as it is printed there."""
import base64
import json
import os
import pathlib
import subprocess
import sys
import time
import uuid

import boto3

import _readme

mark = uuid.uuid4().hex[:12]
program = _readme.block("Your first update", "python", "create_ota_update")
# Only the names must be this run's own.
for name, unique in (('"rel43"', f'"rel43-{mark}"'), ("thing/dev7", f"thing/dev7-{mark}"), ('"bucket": "firmware"', f'"bucket": "firmware-{mark}"')):
    if name not in program:
        sys.exit(f"README.md no longer says {name}: correct this script")
    program = program.replace(name, unique)

image = os.urandom(200_000)
pathlib.Path("app.bin").write_bytes(image)
subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "signer.key"], check=True)
subprocess.run(["openssl", "dgst", "-sha256", "-sign", "signer.key", "-out", "app.sig", "app.bin"], check=True)
s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
iot = boto3.client("iot", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
s3.create_bucket(Bucket=f"firmware-{mark}")
s3.put_bucket_versioning(Bucket=f"firmware-{mark}", VersioningConfiguration={"Status": "Enabled"})
s3.upload_file("app.bin", f"firmware-{mark}", "app.bin")
iot.create_thing(thingName=f"dev7-{mark}")

lines = [line for line in program.splitlines() if line.strip()]
if len(lines) > 10:
    sys.exit(f"the README promises few lines, and there are {len(lines)}")
exec(compile(program, "README.md", "exec"), {})

end = time.monotonic() + 20
while (info := iot.get_ota_update(otaUpdateId=f"rel43-{mark}")["otaUpdateInfo"])["otaUpdateStatus"] in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
    if time.monotonic() > end:
        sys.exit(f"the creation did not end: {info}")
    time.sleep(0.05)
if info["otaUpdateStatus"] != "CREATE_COMPLETE":
    sys.exit(f"the creation ended as {info['otaUpdateStatus']}: {info.get('errorInfo')}")
file = json.loads(iot.get_job_document(jobId=info["awsIotJobId"])["document"])["afr_ota"]["files"][0]
der = base64.b64decode(file["sig-sha256-ecdsa"])
if (file["filesize"], der) != (len(image), pathlib.Path("app.sig").read_bytes()):
    sys.exit(f"the document does not carry the image's size and signature: {file}")
