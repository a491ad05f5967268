"""CreateOTAUpdate with every member that its reference shows: each is taken and told again, or refused by its name; and its exceptions by boto3's classes."""
import base64
import json
import os
import sys
import time
import uuid

import boto3
from botocore.exceptions import ClientError

mark = uuid.uuid4().hex[:12]
ROLE = "arn:aws:iam::000000000000:role/ota-service"


def client(service, key=None, secret=None):
    return boto3.client(service, endpoint_url=os.environ["AWS_ENDPOINT_URL"], aws_access_key_id=key, aws_secret_access_key=secret)


iot, s3 = client("iot"), client("s3")


def check(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: expected {expected!r}, found {found!r}")


def raises(what, error, words, call, **arguments):
    """The refusal must be this class of boto3's and name what is wrong."""
    try:
        answer = call(**arguments)
    except error as refusal:
        message = refusal.response["Error"]["Message"]
        if words not in message:
            sys.exit(f"{what}: the message does not say '{words}': {message}")
        return refusal.response
    except ClientError as other:
        sys.exit(f"{what}: expected {error.__name__}, was refused with {other}")
    return sys.exit(f"{what}: expected {error.__name__}, was answered {answer}")


def ended(update):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        info = iot.get_ota_update(otaUpdateId=update)["otaUpdateInfo"]
        if info["otaUpdateStatus"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
            return info
        time.sleep(0.05)
    return sys.exit(f"{update}: the creation did not end within 30 s")


def complete(update):
    info = ended(update)
    check(f"status of {update} ({info.get('errorInfo')})", info["otaUpdateStatus"], "CREATE_COMPLETE")
    return info


bucket, stream = f"seed-{mark}", f"seed-{mark}"
image = os.urandom(5000)
s3.create_bucket(Bucket=bucket)
s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
version = s3.put_object(Bucket=bucket, Key="app.bin", Body=image)["VersionId"]
thing = iot.create_thing(thingName=f"seed-{mark}")["thingArn"]
group = iot.create_thing_group(thingGroupName=f"seed-{mark}")["thingGroupArn"]
iot.create_stream(streamId=stream, roleArn=ROLE, files=[{"fileId": 7, "s3Location": {"bucket": bucket, "key": "app.bin", "version": version}}])
location = {"s3Location": {"bucket": bucket, "key": "app.bin", "version": version}}
custom = {
    "signature": {"inlineDocument": base64.b64encode(os.urandom(70))},
    "certificateChain": {"certificateName": "/certs/signer.crt", "inlineDocument": "MIIB"},
    "hashAlgorithm": "SHA256",
    "signatureAlgorithm": "ECDSA",
}
profile = {
    "signingProfileParameter": {"certificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/x", "platform": "AmazonFreeRTOS-Default", "certificatePathOnDevice": "/certs/signer.crt"},
    "signingProfileName": "profile",
    "destination": {"s3Destination": {"bucket": bucket, "prefix": "signed/"}},
}


def order(name, **changes):
    """All that does not exclude another member; what the reference offers instead comes by changes."""
    whole = {
        "otaUpdateId": f"{name}-{mark}",
        "description": "every member",
        "targets": [group, thing],
        "protocols": ["MQTT", "HTTP"],
        "targetSelection": "SNAPSHOT",
        "awsJobExecutionsRolloutConfig": {"maximumPerMinute": 50},
        "awsJobPresignedUrlConfig": {"expiresInSec": 123},
        "awsJobAbortConfig": {"abortCriteriaList": [
            {"failureType": kind, "action": "CANCEL", "thresholdPercentage": 12.5, "minNumberOfExecutedThings": 123} for kind in ("FAILED", "REJECTED", "TIMED_OUT", "ALL")]},
        "awsJobTimeoutConfig": {"inProgressTimeoutInMinutes": 123},
        "files": [{
            "fileName": "/fw/app.bin",
            "fileType": 123,
            "fileVersion": "4.2",
            "fileLocation": location,
            "codeSigning": {"customCodeSigning": custom},
            "attributes": {"colour": "blue"},
        }],
        "roleArn": ROLE,
        "additionalParameters": {"ticket": "77"},
        "tags": [{"Key": "team", "Value": "ota"}],
    }
    whole.update(changes)
    return whole


def rate(criteria):
    return {"maximumPerMinute": 500, "exponentialRate": {"baseRatePerMinute": 10, "incrementFactor": 1.5, "rateIncreaseCriteria": criteria}}


def file(**changes):
    return [{"fileName": "/fw/app.bin", "fileLocation": location, **changes}]


taken = [
    order("whole"),
    order("notified", targetSelection="CONTINUOUS", awsJobExecutionsRolloutConfig=rate({"numberOfNotifiedThings": 5})),
    order("succeeded", protocols=["HTTP"], awsJobExecutionsRolloutConfig=rate({"numberOfSucceededThings": 5})),
    order("streamed", protocols=["MQTT"], files=[{"fileName": "/fw/app.bin", "fileLocation": {"stream": {"streamId": stream, "fileId": 7}}, "codeSigning": {"customCodeSigning": custom}}]),
]
# Signing by Signer: these are taken too, and fail in creation, because the job and the certificate that they name do not exist.
signed = {
    "awsSignerJobId": order("signer-job", files=file(codeSigning={"awsSignerJobId": "f" * 36})),
    "startSigningJobParameter": order("signing", files=file(codeSigning={"startSigningJobParameter": profile})),
}


def members(shape, found, way=""):
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            found.add(f"{way}.{name}")
            members(member, found, f"{way}.{name}")
    elif shape.type_name == "list":
        members(shape.member, found, way)
    return found


def used(value, found, way=""):
    if isinstance(value, dict):
        for name, member in value.items():
            found.add(f"{way}.{name}")
            used(member, found, f"{way}.{name}")
    elif isinstance(value, list):
        for member in value:
            used(member, found, way)
    return found


said = set()
for request in [*taken, *signed.values()]:
    used(request, said)
left_out = members(iot.meta.service_model.operation_model("CreateOTAUpdate").input_shape, set()) - said
check("members of the reference that this script leaves out", left_out, set())

for request in taken:
    update = request["otaUpdateId"]
    answer = iot.create_ota_update(**request)
    answer.pop("ResponseMetadata")
    check("the answer", answer, {"otaUpdateId": update, "otaUpdateArn": f"arn:aws:iot:us-east-1:000000000000:otaupdate/{update}", "otaUpdateStatus": "CREATE_PENDING"})
for request in taken:
    update = request["otaUpdateId"]
    info = complete(update)
    # Not told again: roleArn, tags, abort and timeout configs. Unset structures under codeSigning come as {}.
    check(f"members told of {update}", set(info), {
        "otaUpdateId", "otaUpdateArn", "creationDate", "lastModifiedDate", "description", "targets", "protocols", "awsJobExecutionsRolloutConfig",
        "awsJobPresignedUrlConfig", "targetSelection", "otaUpdateFiles", "otaUpdateStatus", "awsIotJobId", "awsIotJobArn", "additionalParameters"})
    for member in ("otaUpdateId", "description", "targets", "protocols", "awsJobExecutionsRolloutConfig", "awsJobPresignedUrlConfig", "targetSelection", "additionalParameters"):
        check(f"{member} of {update}", info[member], request[member])
    expected = [{**each, "codeSigning": {"startSigningJobParameter": {}, **each["codeSigning"]}} for each in request["files"]]
    check(f"otaUpdateFiles of {update}", info["otaUpdateFiles"], expected)
    job = iot.describe_job(jobId=info["awsIotJobId"])["job"]
    check(f"job of {update}", (job["jobArn"], job["targets"], job["targetSelection"], job["timeoutConfig"], job["abortConfig"]["criteriaList"], job["jobExecutionsRolloutConfig"]), (
        info["awsIotJobArn"], request["targets"], request["targetSelection"], request["awsJobTimeoutConfig"], request["awsJobAbortConfig"]["abortCriteriaList"], request["awsJobExecutionsRolloutConfig"]))
    check(f"tags of {update}", iot.list_tags_for_resource(resourceArn=info["otaUpdateArn"])["tags"], request["tags"])
    document = json.loads(iot.get_job_document(jobId=info["awsIotJobId"])["document"])["afr_ota"]
    kept = json.dumps(document)
    if any(word in kept for word in ("colour", "ticket", "4.2")):
        sys.exit(f"attributes, additionalParameters or fileVersion went to devices: {kept}")
    check(f"file of {update}'s document", (document["files"][0]["filesize"], document["files"][0]["fileid"]), (len(image), 7 if update.startswith("streamed") else 0))

# A request with the required members only; the rest is as AWS has it.
least = {"otaUpdateId": f"least-{mark}", "targets": [thing], "files": [{"fileLocation": location}], "roleArn": ROLE}
iot.create_ota_update(**least)
info = complete(least["otaUpdateId"])
check("defaults", (info["protocols"], info["targetSelection"], info["awsJobExecutionsRolloutConfig"], info["awsJobPresignedUrlConfig"]), (["MQTT"], "SNAPSHOT", {}, {}))

errors = iot.exceptions
for member, request in signed.items():
    iot.create_ota_update(**request)
    failed = ended(request["otaUpdateId"])
    check(f"status with {member} ({failed.get('errorInfo')})", failed["otaUpdateStatus"], "CREATE_FAILED")
    check(f"a code and a message with {member}", sorted(failed["errorInfo"]), ["code", "message"])
    if not any(words in failed["errorInfo"]["message"] for words in ("f" * 36, "certificate/x")):
        sys.exit(f"errorInfo does not name what {member} lacks: {failed['errorInfo']}")

raises("two locations", errors.InvalidRequestException, "s3Location", iot.create_ota_update, **order("x", files=file(fileLocation={**location, "stream": {"streamId": stream, "fileId": 7}})))
raises("an id beyond the model", errors.InvalidRequestException, "otaUpdateId", iot.create_ota_update, **order("x" * 129))
raises("an unknown target", errors.ResourceNotFoundException, "nobody", iot.create_ota_update, **order("x", targets=[thing + "-nobody"]))
taken_already = raises("an id that is taken", errors.ResourceAlreadyExistsException, mark, iot.create_ota_update, **taken[0])
if "resourceId" in iot.meta.service_model.shape_for("ResourceAlreadyExistsException").members:
    check("its resource", (taken_already["resourceId"], taken_already["resourceArn"]), (taken[0]["otaUpdateId"], complete(taken[0]["otaUpdateId"])["otaUpdateArn"]))
raises("more targets than a job has", errors.LimitExceededException, "targets", iot.create_ota_update, **order("x", targets=[f"{thing}-{i}" for i in range(101)]))

# An object of another account: told by the stream at once, by the update in its errorInfo.
other = {"key": os.environ["GODWIT_OTHER_ACCESS_KEY_ID"], "secret": os.environ["GODWIT_OTHER_SECRET_ACCESS_KEY"]}
foreign = client("s3", **other)
foreign.create_bucket(Bucket=f"foreign-{mark}")
foreign.put_bucket_versioning(Bucket=f"foreign-{mark}", VersioningConfiguration={"Status": "Enabled"})
foreign.put_object(Bucket=f"foreign-{mark}", Key="app.bin", Body=b"theirs")
theirs = {"s3Location": {"bucket": f"foreign-{mark}", "key": "app.bin"}}
raises("another account's object", errors.UnauthorizedException, "app.bin", iot.create_stream, streamId=f"x-{mark}", roleArn=ROLE, files=[{"fileId": 0, **theirs}])
iot.create_ota_update(**order("foreign", files=file(fileLocation=theirs)))
failed = ended(f"foreign-{mark}")
check("an update of another account's object", failed["otaUpdateStatus"], "CREATE_FAILED")
if failed["errorInfo"]["code"] not in ("AccessDeniedException", "UnauthorizedException") or "app.bin" not in failed["errorInfo"]["message"]:
    sys.exit(f"errorInfo does not tell of the access: {failed['errorInfo']}")
raises("another account's update", client("iot", **other).exceptions.ResourceNotFoundException, mark, client("iot", **other).get_ota_update, otaUpdateId=taken[0]["otaUpdateId"])

stranger = raises("a key that nobody has", ClientError, "", client("iot", "AKIANOBODYNOBODYNOBO", "secret").create_ota_update, **order("x"))
check("its code", (stranger["Error"]["Code"], stranger["ResponseMetadata"]["HTTPStatusCode"]), ("UnrecognizedClientException", 403))
