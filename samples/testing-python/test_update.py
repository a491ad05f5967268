"""What a pipeline that makes OTA updates can test without AWS."""
import time

import pytest
from botocore.exceptions import ClientError


def execution(iot, thing, job, status):
    """The thing's execution once it has this status; the rollout makes it a moment after the update."""
    found = None
    for _ in range(200):
        try:
            found = iot.describe_job_execution(jobId=job, thingName=thing)["execution"]["status"]
        except iot.exceptions.ResourceNotFoundException:
            pass
        if found == status:
            return
        time.sleep(0.02)
    raise AssertionError(f"{thing} is {found} and not {status}")


def test_an_update_reaches_its_device(godwit):
    iot, s3, jobs = godwit.client("iot"), godwit.client("s3"), godwit.client("iot-jobs-data")
    account = godwit.client("sts").get_caller_identity()["Account"]
    s3.create_bucket(Bucket="firmware")
    s3.put_bucket_versioning(Bucket="firmware", VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket="firmware", Key="app.bin", Body=b"\x01" * 10_000)["VersionId"]
    thing = iot.create_thing(thingName="dev7")["thingArn"]

    iot.create_ota_update(
        otaUpdateId="rel42", targets=[thing], protocols=["MQTT"], roleArn=f"arn:aws:iam::{account}:role/ota",
        files=[{
            "fileName": "/fw/app.bin",
            "fileLocation": {"s3Location": {"bucket": "firmware", "key": "app.bin", "version": version}},
            "codeSigning": {"customCodeSigning": {
                "signature": {"inlineDocument": b"c2lnbmF0dXJl"}, "certificateChain": {"certificateName": "/certs/signer.crt"},
                "hashAlgorithm": "SHA256", "signatureAlgorithm": "ECDSA"}},
        }])
    while (made := iot.get_ota_update(otaUpdateId="rel42")["otaUpdateInfo"])["otaUpdateStatus"] in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
        time.sleep(0.02)
    assert made["otaUpdateStatus"] == "CREATE_COMPLETE", made.get("errorInfo")

    execution(iot, "dev7", "AFR_OTA-rel42", "QUEUED")
    document = jobs.start_next_pending_job_execution(thingName="dev7")["execution"]["jobDocument"]
    assert '"filesize":10000' in document
    jobs.update_job_execution(jobId="AFR_OTA-rel42", thingName="dev7", status="SUCCEEDED")
    execution(iot, "dev7", "AFR_OTA-rel42", "SUCCEEDED")


def test_a_thing_that_is_not_there_is_refused_as_by_aws(godwit):
    with pytest.raises(ClientError) as refusal:
        godwit.client("iot").describe_thing(thingName="nobody")
    assert refusal.value.response["Error"]["Code"] == "ResourceNotFoundException"
