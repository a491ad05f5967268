"""Rollouts beyond the first job: templates, schedules, windows, retries, changes under way, pauses, events and the journal, as boto3 speaks of them."""
import datetime
import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

endpoint = os.environ["AWS_ENDPOINT_URL"]
session = boto3.session.Session()
iot = session.client("iot", endpoint_url=endpoint)
data = session.client("iot-jobs-data", endpoint_url=endpoint)
s3 = session.client("s3", endpoint_url=endpoint)
# Other scripts share the service: every name is this run's own.
P = f"roll-{boto3.__version__.replace('.', '-')}-{os.getpid()}-"
ROLE = "arn:aws:iam::000000000000:role/ota"


def expect(what, found, wanted):
    if found != wanted:
        raise SystemExit(f"{what}: expected {wanted!r}, found {found!r}")


def refused(what, code, text, call, **arguments):
    try:
        answer = call(**arguments)
    except ClientError as error:
        expect(what, error.response["Error"]["Code"], code)
        if text not in error.response["Error"]["Message"]:
            raise SystemExit(f"{what}: {error.response['Error']['Message']!r} does not say {text!r}")
        return
    raise SystemExit(f"{what}: expected {code}, was answered {answer!r}")


def until(what, found, wanted):
    for _ in range(200):
        if found() == wanted:
            return
        time.sleep(0.05)
    raise SystemExit(f"{what}: expected {wanted!r}, found {found()!r}")


def godwit(method, path, body=None, **query):
    """A request of Godwit's own API, signed as botocore signs the others."""
    request = AWSRequest(method, endpoint + path, params=query, data=None if body is None else json.dumps(body).encode())
    SigV4Auth(session.get_credentials(), "iot", session.region_name).add_auth(request)
    prepared = request.prepare()
    try:
        with urllib.request.urlopen(urllib.request.Request(prepared.url, prepared.body, dict(prepared.headers), method=method)) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def counts(job):
    return {name[len("numberOf"):-len("Things")]: n for name, n in iot.describe_job(jobId=job)["job"]["jobProcessDetails"].items() if name.startswith("numberOf") and n}


def utc(**ahead):
    return (datetime.datetime.utcnow() + datetime.timedelta(**ahead)).strftime("%Y-%m-%dT%H:%M")


things = [iot.create_thing(thingName=f"{P}dev{i}")["thingArn"] for i in range(5)]
group = iot.create_thing_group(thingGroupName=P + "plant")["thingGroupArn"]
for i in range(4):
    iot.add_thing_to_thing_group(thingName=f"{P}dev{i}", thingGroupName=P + "plant")

# A template, and a job that is made of it.
template = iot.create_job_template(
    jobTemplateId=P + "tpl", description="twice", document='{"do": "it"}', timeoutConfig={"inProgressTimeoutInMinutes": 10},
    jobExecutionsRolloutConfig={"maximumPerMinute": 600}, jobExecutionsRetryConfig={"criteriaList": [{"failureType": "FAILED", "numberOfRetries": 1}]})
shown = iot.describe_job_template(jobTemplateId=P + "tpl")
expect("the template", (shown["description"], shown["document"], shown["jobExecutionsRetryConfig"]["criteriaList"][0]["numberOfRetries"]), ("twice", '{"do": "it"}', 1))
expect("listed", P + "tpl" in [t["jobTemplateId"] for page in iot.get_paginator("list_job_templates").paginate() for t in page["jobTemplates"]], True)
refused("the template again", "ConflictException", "", iot.create_job_template, jobTemplateId=P + "tpl", description="x", document="{}")
managed = iot.list_managed_job_templates()["managedJobTemplates"]
expect("a managed template", iot.describe_managed_job_template(templateName=managed[0]["templateName"])["templateName"], managed[0]["templateName"])

job = P + "retried"
iot.create_job(jobId=job, targets=[group], jobTemplateArn=template["jobTemplateArn"])
until("the job of the template", lambda: counts(job), {"Queued": 4})
expect("its document", iot.get_job_document(jobId=job)["document"], '{"do": "it"}')

# The first failure is tried again, the second is not.
for tried in (1, 2):
    execution = data.start_next_pending_job_execution(thingName=P + "dev0")["execution"]
    expect("tried", (execution["jobId"], execution["executionNumber"]), (job, tried))
    data.update_job_execution(thingName=P + "dev0", jobId=job, status="FAILED")
expect("after two failures", counts(job), {"Queued": 3, "Failed": 2})
refused("more retries", "InvalidRequestException", "cannot be updated to any number other than 0", iot.update_job,
        jobId=job, jobExecutionsRetryConfig={"criteriaList": [{"failureType": "FAILED", "numberOfRetries": 3}]})

# UpdateJob: a criterion that is met already stops the job at once.
refused("an update of nothing", "InvalidRequestException", "", iot.update_job, jobId=job)
iot.update_job(jobId=job, description="stop it", abortConfig={"criteriaList": [{"failureType": "FAILED", "action": "CANCEL", "thresholdPercentage": 50.0, "minNumberOfExecutedThings": 1}]})
until("aborted", lambda: (iot.describe_job(jobId=job)["job"]["status"], counts(job)), ("CANCELED", {"Canceled": 3, "Failed": 2}))
refused("an update after the end", "InvalidRequestException", "", iot.update_job, jobId=job, description="again")

# Schedules. A window is for continuous jobs.
start, end = utc(hours=1), utc(hours=3)
refused("too soon", "InvalidRequestException", "", iot.create_job, jobId=P + "soon", targets=[group], document="{}", schedulingConfig={"startTime": utc(minutes=5)})
iot.create_job(jobId=P + "later", targets=[group], document="{}", schedulingConfig={"startTime": start, "endTime": end, "endBehavior": "FORCE_CANCEL"})
later = iot.describe_job(jobId=P + "later")["job"]
expect("scheduled", (later["status"], later["schedulingConfig"]), ("SCHEDULED", {"startTime": start, "endTime": end, "endBehavior": "FORCE_CANCEL"}))
iot.cancel_job(jobId=P + "later", comment="not today")
until("a job that never began", lambda: iot.describe_job(jobId=P + "later")["job"]["status"], "CANCELED")
if "maintenanceWindows" in iot.meta.service_model.shape_for("SchedulingConfig").members:
    window = {"maintenanceWindows": [{"startTime": "cron(0 2 ? * MON *)", "durationInMinutes": 120}]}
    refused("a window for a snapshot", "InvalidRequestException", "MaintenanceWindow", iot.create_job, jobId=P + "w", targets=[group], document="{}", schedulingConfig=window)
    iot.create_job(jobId=P + "window", targets=[group], document="{}", targetSelection="CONTINUOUS", schedulingConfig=window)
    expect("coming windows", len(iot.describe_job(jobId=P + "window")["job"]["scheduledJobRollouts"]), 7)
    iot.delete_job(jobId=P + "window", force=True)

# Events, once they are asked for.
iot.update_event_configurations(eventConfigurations={"JOB": {"Enabled": True}, "JOB_EXECUTION": {"Enabled": True}})
job = P + "told"
listener = None
if shutil.which("mosquitto_sub"):
    listener = subprocess.Popen(
        ["mosquitto_sub", "-h", "127.0.0.1", "-p", os.environ["GODWIT_MQTT_PLAIN_PORT"], "-i", P + "listener", "-q", "1", "-C", "2", "-W", "20", "-v",
         "-t", f"$aws/events/jobExecution/{job}/succeeded", "-t", f"$aws/events/job/{job}/completed"], stdout=subprocess.PIPE, text=True)
    time.sleep(0.5)
iot.create_job(jobId=job, targets=[things[4]], document="{}")
until("started", lambda: counts(job), {"Queued": 1})

# Pause, resume and rate, by requests that botocore signs.
expect("paused", godwit("POST", f"/godwit/jobs/{job}/pause"), (200, {"jobId": job, "status": "IN_PROGRESS", "paused": True}))
expect("paused as of now", godwit("GET", f"/godwit/jobs/{job}")[1]["paused"], True)
expect("resumed", godwit("POST", f"/godwit/jobs/{job}/resume")[1]["paused"], False)
expect("the rate", godwit("POST", f"/godwit/jobs/{job}/rate", {"maximumPerMinute": 77})[0], 200)
expect("the rate in the job", iot.describe_job(jobId=job)["job"]["jobExecutionsRolloutConfig"]["maximumPerMinute"], 77)
expect("a rate that is none", godwit("POST", f"/godwit/jobs/{job}/rate", {"maximumPerMinute": 0})[0], 400)
expect("no such job", godwit("POST", f"/godwit/jobs/{P}nowhere/pause")[0], 404)

data.update_job_execution(thingName=P + "dev4", jobId=job, status="SUCCEEDED", statusDetails={"v": "2"})
until("completed", lambda: iot.describe_job(jobId=job)["job"]["status"], "COMPLETED")
if listener:
    told = dict(line.split(" ", 1) for line in listener.communicate()[0].splitlines())
    one, whole = json.loads(told[f"$aws/events/jobExecution/{job}/succeeded"]), json.loads(told[f"$aws/events/job/{job}/completed"])
    expect("the execution's event", (one["eventType"], one["thingArn"], one["status"], one["statusDetails"]), ("JOB_EXECUTION", things[4], "SUCCEEDED", {"v": "2"}))
    expect("the job's event", (whole["eventType"], whole["jobProcessDetails"]["numberOfSucceededThings"]), ("JOB", 1))

iot.update_event_configurations(eventConfigurations={"JOB": {"Enabled": False}, "JOB_EXECUTION": {"Enabled": False}})

# The journal: every change once, oldest first; and what the job was before and after.
told = godwit("GET", "/godwit/journal", job=job)[1]
moves = [(r["from"] if "from" in r else None, r.get("to")) for r in next(v for v in told.values() if isinstance(v, list)) if r.get("thing")]
expect("the journal", moves, [(None, "QUEUED"), ("QUEUED", "SUCCEEDED")])
expect("as of now", godwit("GET", f"/godwit/jobs/{job}")[1]["status"], "COMPLETED")
expect("before it was", godwit("GET", f"/godwit/jobs/{job}", asOf="2020-01-01T00:00:00Z")[0], 404)

# An update that asks for more than AWS has, by a stock SDK.
bucket = P + "bucket"
s3.create_bucket(Bucket=bucket)
s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
s3.put_object(Bucket=bucket, Key="app.bin", Body=b"firmware" * 100)
update = {
    "targets": [group], "protocols": ["HTTP"], "roleArn": ROLE, "awsJobTimeoutConfig": {"inProgressTimeoutInMinutes": 30},
    "files": [{"fileName": "/app.bin", "fileLocation": {"s3Location": {"bucket": bucket, "key": "app.bin"}},
               "codeSigning": {"customCodeSigning": {"signature": {"inlineDocument": b"c2ln"}, "hashAlgorithm": "SHA256", "signatureAlgorithm": "ECDSA",
                                                      "certificateChain": {"certificateName": "/certs/s.crt"}}}}],
}
refused("a parameter that does not exist", "InvalidRequestException", "godwit:stages", iot.create_ota_update, otaUpdateId=P + "typo", additionalParameters={"godwit:stage": "10%"}, **update)
iot.create_ota_update(otaUpdateId=P + "staged", additionalParameters={"godwit:stages": "25%,100%", "godwit:stageSuccess": "100%", "godwit:retry": "FAILED=2", "ticket": "77"}, **update)
until("created", lambda: iot.get_ota_update(otaUpdateId=P + "staged")["otaUpdateInfo"]["otaUpdateStatus"], "CREATE_COMPLETE")
job = iot.get_ota_update(otaUpdateId=P + "staged")["otaUpdateInfo"]["awsIotJobId"]
until("the first stage", lambda: counts(job), {"Queued": 1})
expect("its retries", iot.describe_job(jobId=job)["job"]["jobExecutionsRetryConfig"]["criteriaList"], [{"failureType": "FAILED", "numberOfRetries": 2}])
first = next(s["thingArn"] for s in iot.list_job_executions_for_job(jobId=job)["executionSummaries"]).rsplit("/", 1)[1]
data.update_job_execution(thingName=first, jobId=job, status="SUCCEEDED")
until("the second stage", lambda: counts(job), {"Queued": 3, "Succeeded": 1})
iot.delete_ota_update(otaUpdateId=P + "staged", forceDeleteAWSJob=True)
