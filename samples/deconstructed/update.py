#!/usr/bin/env python3
"""CreateOTAUpdate taken apart, as AWS's sample aws-iot-create-ota-update-deconstructed does to get at what CreateJob has and CreateOTAUpdate has not: sign, put the raw image over the signed
object, make the stream, write the job document by hand, make the job. Once over an MQTT stream, once with the placeholder of a presigned URL. The device is ../python-device.

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
import uuid

import boto3
from botocore.client import Config

TAG = uuid.uuid4().hex[:8]
REGION = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")
ROLE = os.environ.get("ROLE_ARN", "arn:aws:iam::000000000000:role/ota-service-role")
DEVICE = pathlib.Path(__file__).resolve().parent.parent / "python-device" / "device.py"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]}
BUCKET, THING = f"parts-{TAG}", f"parts-{TAG}"


def client(service):
    return boto3.client(service, endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name=REGION, config=Config(s3={"addressing_style": "path"}))


iot, s3, acm, signer = client("iot"), client("s3"), client("acm"), client("signer")


def prepare(image):
    """What CreateOTAUpdate expects to be there; answers the image's version and the thing's ARN."""
    subprocess.run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout signer.key -out signer.crt -days 3650 -subj /CN=signer "
                   "-addext keyUsage=digitalSignature -addext extendedKeyUsage=codeSigning".split(), check=True, capture_output=True)
    certificate = acm.import_certificate(Certificate=pathlib.Path("signer.crt").read_bytes(), PrivateKey=pathlib.Path("signer.key").read_bytes())["CertificateArn"]
    signer.put_signing_profile(profileName=f"parts_{TAG}", platformId="AmazonFreeRTOS-Default", signingMaterial={"certificateArn": certificate}, signingParameters={"certname": "/certs/signer.crt"})
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=BUCKET, Key="app.bin", Body=image)["VersionId"]
    arn = iot.create_thing(thingName=THING)["thingArn"]
    made = iot.create_keys_and_certificate(setAsActive=True)
    pathlib.Path("device.crt").write_text(made["certificatePem"])
    pathlib.Path("device.key").write_text(made["keyPair"]["PrivateKey"])
    iot.create_policy(policyName=THING, policyDocument=json.dumps(POLICY))
    iot.attach_policy(policyName=THING, target=made["certificateArn"])
    iot.attach_thing_principal(thingName=THING, principal=made["certificateArn"])
    return version, arn


def sign(version):
    """The signed object is an envelope; its signature goes into the document, and the raw image over it, under the same key."""
    job = signer.start_signing_job(
        profileName=f"parts_{TAG}", source={"s3": {"bucketName": BUCKET, "key": "app.bin", "version": version}}, destination={"s3": {"bucketName": BUCKET, "prefix": "signed/"}},
        clientRequestToken=uuid.uuid4().hex)["jobId"]
    waiter = signer.get_waiter("successful_signing_job")
    waiter.wait(jobId=job, WaiterConfig={"Delay": 1})
    place = signer.describe_signing_job(jobId=job)["signedObject"]["s3"]
    envelope = json.load(s3.get_object(Bucket=place["bucketName"], Key=place["key"])["Body"])
    raw = s3.put_object(Bucket=place["bucketName"], Key=place["key"], Body=base64.b64decode(envelope["payload"]))["VersionId"]
    return place["key"], raw, envelope["signature"]


def document(size, signature, **more):
    """The members and their order are those that CreateOTAUpdate writes; devices have little room and some read by position."""
    file = {"filepath": "/fw/app.bin", "filesize": size, "fileid": 0, "certfile": "/certs/signer.crt", "fileType": 0, **more.pop("file", {}), "sig-sha256-ecdsa": signature}
    return json.dumps({"afr_ota": {**more, "files": [file]}})


def run(job, target, text, **more):
    iot.create_job(jobId=job, targets=[target], document=text, targetSelection="SNAPSHOT", jobExecutionsRolloutConfig={"maximumPerMinute": 60}, **more)
    pathlib.Path("installed.bin").unlink(missing_ok=True)
    subprocess.run([os.environ.get("PYTHON", sys.executable), DEVICE, "--thing", THING, "--port", os.environ["GODWIT_MQTT_PORT"], "--ca", os.environ["GODWIT_CA"], "--cert", "device.crt",
                    "--key", "device.key", "--signer", "signer.crt", "--image", "installed.bin", "--once"], check=True, timeout=60)
    assert pathlib.Path("installed.bin").read_bytes() == pathlib.Path("app.bin").read_bytes()
    status = iot.describe_job_execution(jobId=job, thingName=THING)["execution"]["status"]
    assert status == "SUCCEEDED", status
    print(f"{job}: {status}")


def main():
    image = os.urandom(50_000)
    pathlib.Path("app.bin").write_bytes(image)
    version, target = prepare(image)
    key, raw, signature = sign(version)

    stream = f"parts-{TAG}"
    iot.create_stream(streamId=stream, files=[{"fileId": 0, "s3Location": {"bucket": BUCKET, "key": key, "version": raw}}], roleArn=ROLE)
    # What CreateOTAUpdate does not offer: a retry for those that fail.
    retry = {"criteriaList": [{"failureType": "FAILED", "numberOfRetries": 1}]}
    run(f"AFR_OTA-stream-{TAG}", target, document(len(image), signature, protocols=["MQTT"], streamname=stream), jobExecutionsRetryConfig=retry)

    url = f"${{aws:iot:s3-presigned-url:https://{BUCKET}.s3.{REGION}.amazonaws.com/{key}?versionId={raw}}}"
    run(f"AFR_OTA-url-{TAG}", target, document(len(image), signature, protocols=["HTTP"], file={"update_data_url": url, "auth_scheme": "aws.s3.presigned"}),
        presignedUrlConfig={"roleArn": ROLE, "expiresInSec": 900})


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        main()
