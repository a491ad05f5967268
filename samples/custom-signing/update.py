#!/usr/bin/env python3
"""An update that is signed outside: openssl makes the signature, as a build server or an offline machine would, and CreateOTAUpdate takes it as customCodeSigning.
The device (../python-device) downloads by HTTP and verifies. The service never has the key.

    AWS_ENDPOINT_URL=http://localhost:4566 AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… GODWIT_CA=data/tls/ca.pem GODWIT_MQTT_PORT=8883 ./update.py

Needs boto3, openssl, and python3-paho-mqtt for the device (PYTHON names the interpreter that has it).
"""
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import uuid

import boto3
from botocore.client import Config

TAG = uuid.uuid4().hex[:8]
DEVICE = pathlib.Path(__file__).resolve().parent.parent / "python-device" / "device.py"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]}


def client(service):
    return boto3.client(service, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name=os.environ.get("AWS_DEFAULT_REGION", "us-east-1"), config=Config(s3={"addressing_style": "path"}))


iot, s3 = client("iot"), client("s3")


def openssl(*arguments):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True).stdout


def sign(image):
    """What the signing machine does; it keeps signer.key. Devices want base64 of the DER signature."""
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "signer.key", "-out", "signer.crt", "-days", "3650", "-subj", "/CN=offline-signer",
            "-addext", "keyUsage=digitalSignature", "-addext", "extendedKeyUsage=codeSigning")
    return base64.b64encode(openssl("dgst", "-sha256", "-sign", "signer.key", image))


def register(thing):
    """A thing with a certificate and a policy; answers the thing's ARN."""
    arn = iot.create_thing(thingName=thing)["thingArn"]
    made = iot.create_keys_and_certificate(setAsActive=True)
    pathlib.Path("device.crt").write_text(made["certificatePem"])
    pathlib.Path("device.key").write_text(made["keyPair"]["PrivateKey"])
    iot.create_policy(policyName=f"{thing}-may", policyDocument=json.dumps(POLICY))
    iot.attach_policy(policyName=f"{thing}-may", target=made["certificateArn"])
    iot.attach_thing_principal(thingName=thing, principal=made["certificateArn"])
    return arn


def await_created(update):
    while (info := iot.get_ota_update(otaUpdateId=update)["otaUpdateInfo"])["otaUpdateStatus"] in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
        time.sleep(0.05)
    if info["otaUpdateStatus"] != "CREATE_COMPLETE":
        sys.exit(f"the update failed: {info['errorInfo']}")


def run_device(thing):
    subprocess.run([os.environ.get("PYTHON", sys.executable), DEVICE, "--thing", thing, "--port", os.environ["GODWIT_MQTT_PORT"], "--ca", os.environ["GODWIT_CA"], "--cert", "device.crt",
                    "--key", "device.key", "--signer", "signer.crt", "--image", "installed.bin", "--once"], check=True, timeout=60)


def main():
    pathlib.Path("app.bin").write_bytes(os.urandom(50_000))
    signature = sign("app.bin")
    bucket, thing, update = f"firmware-{TAG}", f"offline-{TAG}", f"signed-outside-{TAG}"
    target = register(thing)
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="app.bin", Body=pathlib.Path("app.bin").read_bytes())["VersionId"]
    iot.create_ota_update(
        otaUpdateId=update, targets=[target], protocols=["HTTP"], awsJobPresignedUrlConfig={"expiresInSec": 1800},
        roleArn=os.environ.get("ROLE_ARN", "arn:aws:iam::000000000000:role/ota-service-role"),
        files=[{"fileName": "/fw/app.bin", "fileVersion": "1", "fileLocation": {"s3Location": {"bucket": bucket, "key": "app.bin", "version": version}},
                "codeSigning": {"customCodeSigning": {
                    "signature": {"inlineDocument": signature},
                    "certificateChain": {"certificateName": "/certs/signer.crt", "inlineDocument": pathlib.Path("signer.crt").read_text()},
                    "hashAlgorithm": "SHA256", "signatureAlgorithm": "ECDSA"}}}])
    await_created(update)
    run_device(thing)
    assert pathlib.Path("installed.bin").read_bytes() == pathlib.Path("app.bin").read_bytes()
    status = iot.describe_job_execution(jobId=f"AFR_OTA-{update}", thingName=thing)["execution"]["status"]
    assert status == "SUCCEEDED", status
    print(f"{update}: the device verified what openssl signed, and {status}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        main()
