"""Jobs and their data plane, as boto3 speaks to them."""
import json
import os
import time
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint = os.environ["AWS_ENDPOINT_URL"]
iot = boto3.client("iot", endpoint_url=endpoint)
unchecked = boto3.client("iot", endpoint_url=endpoint, config=Config(parameter_validation=False))
data = boto3.client("iot-jobs-data", endpoint_url=endpoint)
s3 = boto3.client("s3", endpoint_url=endpoint)
# Other scripts share the service: every name is this run's own.
P = "jobs-" + boto3.__version__.replace(".", "-") + "-"
ROLE = "arn:aws:iam::000000000000:role/jobs"


def expect(what, found, wanted):
    if found != wanted:
        raise SystemExit(f"{what}: expected {wanted!r}, found {found!r}")


def refused(what, code, call, http=None, text=None, /, **arguments):
    try:
        answer = call(**arguments)
    except ClientError as error:
        expect(what, error.response["Error"]["Code"], code)
        if http:
            expect(f"status of {what}", error.response["ResponseMetadata"]["HTTPStatusCode"], http)
        if text:
            expect(f"text of {what}", error.response["Error"]["Message"], text)
        return
    raise SystemExit(f"{what}: expected {code}, was answered {answer!r}")


def until(what, found, wanted):
    for _ in range(200):
        if found() == wanted:
            return
        time.sleep(0.05)
    raise SystemExit(f"{what}: expected {wanted!r}, found {found()!r}")


def status(job):
    return iot.describe_job(jobId=job)["job"]["status"]


def pending(thing):
    return [e["jobId"] for e in data.get_pending_job_executions(thingName=thing)["queuedJobs"]]


arns = [iot.create_thing(thingName=f"{P}dev{i}")["thingArn"] for i in range(4)]
group = iot.create_thing_group(thingGroupName=P + "plant")["thingGroupArn"]
for i in range(3):
    iot.add_thing_to_thing_group(thingName=f"{P}dev{i}", thingGroupName=P + "plant")

# A snapshot of a group and a thing.
job = P + "rel42"
made = iot.create_job(
    jobId=job, targets=[group, arns[3]], document='{"do": "it", "not": null}', description="the fix",
    timeoutConfig={"inProgressTimeoutInMinutes": 30}, jobExecutionsRolloutConfig={"maximumPerMinute": 1000},
    abortConfig={"criteriaList": [{"failureType": "ALL", "action": "CANCEL", "thresholdPercentage": 99.5, "minNumberOfExecutedThings": 4}]},
    tags=[{"Key": "team", "Value": "fw"}])
expect("CreateJob", (made["jobId"], made["jobArn"].endswith("job/" + job), made["description"]), (job, True, "the fix"))
expect("tags", iot.list_tags_for_resource(resourceArn=made["jobArn"])["tags"], [{"Key": "team", "Value": "fw"}])
refused("the id again", "ResourceAlreadyExistsException", iot.create_job, 409, jobId=job, targets=[group], document="{}")
until("queued things", lambda: iot.describe_job(jobId=job)["job"]["jobProcessDetails"]["numberOfQueuedThings"], 4)
shown = iot.describe_job(jobId=job)["job"]
expect("the job", (shown["status"], shown["targetSelection"], shown["targets"], shown["abortConfig"]["criteriaList"][0]["thresholdPercentage"]),
       ("IN_PROGRESS", "SNAPSHOT", [group, arns[3]], 99.5))
expect("the document with its nulls", iot.get_job_document(jobId=job)["document"], '{"do": "it", "not": null}')

# A device by HTTP.
dev0 = P + "dev0"
expect("pending", pending(dev0), [job])
first = data.start_next_pending_job_execution(thingName=dev0, statusDetails={"step": "1"})["execution"]
expect("started", (first["status"], first["versionNumber"], first["executionNumber"], first["thingName"], first["statusDetails"], json.loads(first["jobDocument"])),
       ("IN_PROGRESS", 2, 1, dev0, {"step": "1"}, {"do": "it"}))
expect("whole seconds", isinstance(first["queuedAt"], int) and len(str(first["startedAt"])) == 10, True)
expect("start-next again", data.start_next_pending_job_execution(thingName=dev0)["execution"]["versionNumber"], 2)
expect("time left", 1700 < data.describe_job_execution(thingName=dev0, jobId="$next")["execution"]["approximateSecondsBeforeTimedOut"] <= 1800, True)
told = data.update_job_execution(thingName=dev0, jobId=job, status="IN_PROGRESS", statusDetails={"progress": "1/3"}, expectedVersion=2, includeJobExecutionState=True)
expect("state on demand", told["executionState"], {"status": "IN_PROGRESS", "statusDetails": {"progress": "1/3"}, "versionNumber": 3})
refused("a stale version", "InvalidStateTransitionException", data.update_job_execution, 409, "Expected version 99 but found version 3",
        thingName=dev0, jobId=job, status="SUCCEEDED", expectedVersion=99)
refused("a status of the service's", "InvalidStateTransitionException", data.update_job_execution, 409,
        "The status of job execution cannot be changed to be CANCELED", thingName=dev0, jobId=job, status="CANCELED")
data.update_job_execution(thingName=dev0, jobId=job, status="SUCCEEDED")
refused("after the end", "InvalidStateTransitionException", data.update_job_execution, 409, thingName=dev0, jobId=job, status="FAILED")
refused("a look at what is over", "TerminalStateException", data.describe_job_execution, 410, thingName=dev0, jobId=job)
expect("nothing is left", "execution" in data.start_next_pending_job_execution(thingName=dev0), False)
refused("an unknown job", "ResourceNotFoundException", data.update_job_execution, 404, thingName=dev0, jobId="nojob", status="FAILED")

# The operator's view.
execution = iot.describe_job_execution(jobId=job, thingName=dev0)["execution"]
expect("execution", (execution["status"], execution["versionNumber"], execution["statusDetails"], execution["thingArn"]),
       ("SUCCEEDED", 4, {"detailsMap": {"progress": "1/3"}}, arns[0]))
listed = []
for page in iot.get_paginator("list_job_executions_for_job").paginate(jobId=job, PaginationConfig={"PageSize": 3}):
    listed += [(s["thingArn"], s["jobExecutionSummary"]["status"]) for s in page["executionSummaries"]]
expect("executions of the job", listed, [(arns[0], "SUCCEEDED")] + [(arn, "QUEUED") for arn in arns[1:]])
expect("executions of the thing", [(s["jobId"], s["jobExecutionSummary"]["executionNumber"]) for s in iot.list_job_executions_for_thing(thingName=dev0)["executionSummaries"]], [(job, 1)])
expect("jobs of the group", [j["jobId"] for j in iot.list_jobs(thingGroupName=P + "plant")["jobs"]], [job])
refused("a bad token", "InvalidRequestException", iot.list_jobs, 400, "Next token is invalid.", nextToken="nonsense")

# One is canceled, one fails, one is rejected; then the job is done.
refused("an execution that runs not", "VersionConflictException", iot.cancel_job_execution, 409, jobId=job, thingName=P + "dev1", expectedVersion=7)
iot.cancel_job_execution(jobId=job, thingName=P + "dev1")
data.update_job_execution(thingName=P + "dev2", jobId=job, status="FAILED")
expect("not done", status(job), "IN_PROGRESS")
iot.update_job(jobId=job, description="nearly")
refused("an empty update", "InvalidRequestException", iot.update_job, 400, f"Update Job request for job {job} cannot be empty.", jobId=job)
data.update_job_execution(thingName=P + "dev3", jobId=job, status="REJECTED")
until("done", lambda: status(job), "COMPLETED")
counts = iot.describe_job(jobId=job)["job"]["jobProcessDetails"]
expect("counts", [counts[f"numberOf{s}Things"] for s in ("Queued", "InProgress", "Succeeded", "Failed", "Rejected", "Canceled", "TimedOut", "Removed")], [0, 0, 1, 1, 1, 1, 0, 0])
refused("cancel when done", "InvalidRequestException", iot.cancel_job, 400, jobId=job)

# Cancel and delete, with and without force.
job = P + "stop"
iot.create_job(jobId=job, targets=[group], document="{}")
until("queued", lambda: pending(dev0), [job])
data.start_next_pending_job_execution(thingName=dev0)
refused("delete while it runs", "InvalidStateTransitionException", iot.delete_job, 409, jobId=job)
iot.cancel_job(jobId=job, reasonCode="WRONG_FILE", comment="Oops")
shown = iot.describe_job(jobId=job)["job"]
expect("canceled", (shown["status"], shown["reasonCode"], shown["comment"]), ("CANCELED", "WRONG_FILE", "Oops"))
expect("what runs, runs on", iot.describe_job_execution(jobId=job, thingName=dev0)["execution"]["status"], "IN_PROGRESS")
iot.cancel_job(jobId=job, force=True)
expect("forced", iot.describe_job_execution(jobId=job, thingName=dev0)["execution"]["forceCanceled"], True)
iot.delete_job(jobId=job)
refused("a deleted job", "ResourceNotFoundException", iot.describe_job, 404, f"Job {job} cannot be found.", jobId=job)

# Continuous: whoever joins gets it.
job = P + "always"
iot.create_job(jobId=job, targets=[group], document="{}", targetSelection="CONTINUOUS")
until("queued", lambda: pending(dev0), [job])
iot.add_thing_to_thing_group(thingName=P + "dev3", thingGroupName=P + "plant")
expect("joined", pending(P + "dev3"), [job])
iot.remove_thing_from_thing_group(thingName=P + "dev3", thingGroupName=P + "plant")
expect("left", (pending(P + "dev3"), iot.describe_job_execution(jobId=job, thingName=P + "dev3")["execution"]["status"]), ([], "REMOVED"))
iot.delete_job(jobId=job, force=True)

# A document from a bucket, with a URL that a device can use.
bucket = P + "bucket"
s3.create_bucket(Bucket=bucket)
s3.put_object(Bucket=bucket, Key="fw/app 1.bin", Body=b"firmware")
s3.put_object(Bucket=bucket, Key="doc.json", Body=json.dumps({"url": "${aws:iot:s3-presigned-url:https://s3.us-east-1.amazonaws.com/%s/fw/app 1.bin}" % bucket}))
job = P + "files"
source = f"https://s3.us-east-1.amazonaws.com/{bucket}/doc.json"
refused("a placeholder without a role", "InvalidRequestException", iot.create_job, 400, jobId=job, targets=[arns[0]], documentSource=source)
iot.create_job(jobId=job, targets=[arns[0]], documentSource=source, presignedUrlConfig={"roleArn": ROLE, "expiresInSec": 60})
expect("documentSource", iot.describe_job(jobId=job)["documentSource"], source)
until("queued", lambda: pending(dev0), [job])
url = json.loads(data.describe_job_execution(thingName=dev0, jobId="$next")["execution"]["jobDocument"])["url"]
expect("the file by its URL", urllib.request.urlopen(url).read(), b"firmware")

# What cannot be a job.
refused("no such thing", "ResourceNotFoundException", iot.create_job, 404, jobId=P + "x", targets=[arns[0] + "nothing"], document="{}")
refused("no document", "InvalidRequestException", iot.create_job, 400, "Neither job document nor job document source is specified.", jobId=P + "x", targets=[arns[0]])
refused("broken JSON", "InvalidRequestException", iot.create_job, 400, jobId=P + "x", targets=[arns[0]], document="{")
refused("a timeout of nothing", "InvalidRequestException", iot.create_job, 400, "Provide valid timeout value, inProgressTimeoutInMinutes cannot be 0.",
        jobId=P + "x", targets=[arns[0]], document="{}", timeoutConfig={"inProgressTimeoutInMinutes": 0})
refused("a presign of 59 seconds", "InvalidRequestException", unchecked.create_job, 400, jobId=P + "x", targets=[arns[0]], document="{}", presignedUrlConfig={"expiresInSec": 59})
refused("an id with a space", "InvalidRequestException", unchecked.create_job, 400, jobId="a b", targets=[arns[0]], document="{}")
