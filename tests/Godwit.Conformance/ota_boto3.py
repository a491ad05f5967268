"""CreateOTAUpdate by boto3 from the upload to the deletion, with every member of the API's example that the service takes."""
import base64
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid

import boto3
from botocore.exceptions import ClientError

POLL_SECONDS = 0.05
WAIT_SECONDS = 30


def client(service):
    return boto3.client(
        service,
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        region_name=os.environ.get("AWS_DEFAULT_REGION") or os.environ.get("AWS_REGION") or "us-east-1",
        aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
    )


def check(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: expected {expected!r}, found {found!r}")


def refused(what, name, call, **arguments):
    """The refusal itself, so that more of it can be looked at."""
    try:
        call(**arguments)
    except ClientError as error:
        check(what, error.response["Error"]["Code"], name)
        if not error.response["Error"]["Message"]:
            sys.exit(f"{what}: {name} came without a message")
        return error.response
    return sys.exit(f"{what}: expected {name}, but the call succeeded")


def wait_until(what, done):
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        found = done()
        if found is not None:
            return found
        time.sleep(POLL_SECONDS)
    return sys.exit(f"{what}: not reached within {WAIT_SECONDS} s")


def sign(image):
    """The base64 text of a DER signature, as a signing script hands it to the API."""
    with tempfile.TemporaryDirectory() as folder:
        key, file = os.path.join(folder, "key.pem"), os.path.join(folder, "image")
        with open(file, "wb") as to:
            to.write(image)
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key], check=True)
        der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key, file], check=True, capture_output=True).stdout
    return base64.b64encode(der)


def finished(iot, update_id):
    def look():
        info = iot.get_ota_update(otaUpdateId=update_id)["otaUpdateInfo"]
        return None if info["otaUpdateStatus"] in ("CREATE_PENDING", "CREATE_IN_PROGRESS") else info

    return wait_until(f"the end of {update_id}'s creation", look)


def main():
    iot, s3 = client("iot"), client("s3")
    mark = uuid.uuid4().hex[:12]
    bucket, thing, group, update_id = f"firmware-{mark}", f"dev-{mark}", f"fleet-{mark}", f"rel-{mark}"
    role = "arn:aws:iam::000000000000:role/ota-service"

    image = os.urandom(1 << 20)
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="v42/app.bin", Body=image)["VersionId"]
    s3.put_object(Bucket=bucket, Key="v42/app.bin", Body=b"a newer version that must not be served")
    thing_arn = iot.create_thing(thingName=thing)["thingArn"]
    group_arn = iot.create_thing_group(thingGroupName=group)["thingGroupArn"]
    iot.add_thing_to_thing_group(thingName=thing, thingGroupName=group)

    signature = sign(image)
    file = {
        "fileName": "/fw/app.bin",
        "fileType": 202,
        "fileVersion": "4.2",
        "fileLocation": {"s3Location": {"bucket": bucket, "key": "v42/app.bin", "version": version}},
        "codeSigning": {
            "customCodeSigning": {
                "signature": {"inlineDocument": signature},
                "certificateChain": {"certificateName": "/certs/sign.crt", "inlineDocument": "kept, not sent"},
                "hashAlgorithm": "SHA256",
                "signatureAlgorithm": "ECDSA",
            }
        },
        "attributes": {"colour": "blue"},
    }
    order = {
        "otaUpdateId": update_id,
        "description": "release 42",
        "targets": [group_arn, thing_arn],
        "protocols": ["MQTT", "HTTP"],
        "targetSelection": "SNAPSHOT",
        "awsJobExecutionsRolloutConfig": {"maximumPerMinute": 100},
        "awsJobPresignedUrlConfig": {"expiresInSec": 600},
        "awsJobTimeoutConfig": {"inProgressTimeoutInMinutes": 30},
        "files": [file],
        "roleArn": role,
        "additionalParameters": {"ticket": "77"},
        "tags": [{"Key": "team", "Value": "ota"}],
    }
    created = iot.create_ota_update(**order)
    check("status in the answer", created["otaUpdateStatus"], "CREATE_PENDING")
    check("id in the answer", created["otaUpdateId"], update_id)

    info = finished(iot, update_id)
    check(f"status of {info.get('errorInfo')}", info["otaUpdateStatus"], "CREATE_COMPLETE")
    job_id = f"AFR_OTA-{update_id}"
    check("job id", info["awsIotJobId"], job_id)
    for member in ("otaUpdateId", "description", "targets", "protocols", "targetSelection", "awsJobExecutionsRolloutConfig", "awsJobPresignedUrlConfig", "additionalParameters"):
        check(member, info[member], order[member])
    told = info["otaUpdateFiles"][0]
    for member in ("fileName", "fileType", "fileVersion", "fileLocation", "attributes"):
        check(member, told[member], file[member])
    check("customCodeSigning", told["codeSigning"]["customCodeSigning"], file["codeSigning"]["customCodeSigning"])
    check("unset startSigningJobParameter", told["codeSigning"]["startSigningJobParameter"], {})
    if info["lastModifiedDate"] < info["creationDate"]:
        sys.exit("lastModifiedDate lies before creationDate")

    document = json.loads(iot.get_job_document(jobId=job_id)["document"])["afr_ota"]
    check("protocols of the document", document["protocols"], ["MQTT", "HTTP"])
    sent = document["files"][0]
    check("order of members", list(sent), ["filepath", "filesize", "fileid", "certfile", "fileType", "update_data_url", "auth_scheme", "sig-sha256-ecdsa"])
    check("filepath", sent["filepath"], "/fw/app.bin")
    check("filesize", sent["filesize"], len(image))
    check("fileid", sent["fileid"], 0)
    check("certfile", sent["certfile"], "/certs/sign.crt")
    check("auth_scheme", sent["auth_scheme"], "aws.s3.presigned")
    check("signature", sent["sig-sha256-ecdsa"], signature.decode())

    stream = iot.describe_stream(streamId=document["streamname"])["streamInfo"]
    check("stream version", stream["streamVersion"], 1)
    check("stream files", stream["files"], [{"fileId": 0, "s3Location": file["fileLocation"]["s3Location"]}])
    job = iot.describe_job(jobId=job_id)["job"]
    check("job targets", job["targets"], [group_arn, thing_arn])
    check("job timeout", job["timeoutConfig"], {"inProgressTimeoutInMinutes": 30})
    check("tags", iot.list_tags_for_resource(resourceArn=created["otaUpdateArn"])["tags"], order["tags"])
    if update_id not in [update["otaUpdateId"] for update in iot.list_ota_updates(otaUpdateStatus="CREATE_COMPLETE", maxResults=250)["otaUpdates"]]:
        sys.exit("list_ota_updates does not show the update")

    conflict = refused("a second update of the id", "ResourceAlreadyExistsException", iot.create_ota_update, **order)
    check("resourceArn of the conflict", conflict.get("resourceArn", created["otaUpdateArn"]), created["otaUpdateArn"])
    refused("an unknown target", "ResourceNotFoundException", iot.create_ota_update, **{**order, "otaUpdateId": "x-" + mark, "targets": [thing_arn + "-nobody"]})
    refused("a file without a location", "InvalidRequestException", iot.create_ota_update, **{**order, "otaUpdateId": "x-" + mark, "files": [{"fileName": "a"}]})
    refused("an unknown update", "ResourceNotFoundException", iot.get_ota_update, otaUpdateId="x-" + mark)

    failing = {**order, "otaUpdateId": "bad-" + mark, "files": [{"fileLocation": {"s3Location": {"bucket": bucket, "key": "nothing.bin"}}}]}
    iot.create_ota_update(**failing)
    failed = finished(iot, "bad-" + mark)
    check("status without an object", failed["otaUpdateStatus"], "CREATE_FAILED")
    check("errorInfo's code", failed["errorInfo"]["code"], "ResourceNotFoundException")
    if "nothing.bin" not in failed["errorInfo"]["message"]:
        sys.exit(f"errorInfo does not name the object: {failed['errorInfo']['message']}")

    refused("deletion under a running job", "InvalidRequestException", iot.delete_ota_update, otaUpdateId=update_id)
    iot.delete_ota_update(otaUpdateId=update_id, deleteStream=True, forceDeleteAWSJob=True)
    iot.delete_ota_update(otaUpdateId="bad-" + mark)

    def gone(identity):
        try:
            status = iot.get_ota_update(otaUpdateId=identity)["otaUpdateInfo"]["otaUpdateStatus"]
        except iot.exceptions.ResourceNotFoundException:
            return True
        return sys.exit(f"{identity} ended as {status}") if status == "DELETE_FAILED" else None

    wait_until("the deletion", lambda: gone(update_id))
    wait_until("the failed update's deletion", lambda: gone("bad-" + mark))
    refused("the stream after deleteStream", "ResourceNotFoundException", iot.describe_stream, streamId=document["streamname"])

    print(f"{update_id}: created, told, refused and deleted as the API says")


if __name__ == "__main__":
    main()
