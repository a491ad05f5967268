"""Fleet indexing and dynamic groups as boto3 speaks to them, up to an update that reaches whoever joins."""
import os
import sys
import time
import uuid

import boto3
from botocore.exceptions import ClientError

iot = boto3.client("iot", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
P = "ix" + uuid.uuid4().hex[:8]


def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f"{what}: expected {wanted!r}, found {found!r}")


def refused(what, code, call, **arguments):
    try:
        answer = call(**arguments)
    except ClientError as error:
        expect(what, error.response["Error"]["Code"], code)
        return
    sys.exit(f"{what}: expected {code}, was answered {answer!r}")


def within(seconds, what, done):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return
        time.sleep(0.05)
    sys.exit(f"{what}: not within {seconds} s")


def search(query, **more):
    found, token = [], None
    while True:
        page = iot.search_index(queryString=query, **more, **({"nextToken": token} if token else {}))
        found += page.get("things", page.get("thingGroups", []))
        token = page.get("nextToken")
        if not token:
            return found


def names(query):
    return [thing["thingName"] for thing in search(query, maxResults=2)]


iot.update_indexing_configuration(
    thingIndexingConfiguration={"thingIndexingMode": "REGISTRY", "thingConnectivityIndexingMode": "STATUS"},
    thingGroupIndexingConfiguration={"thingGroupIndexingMode": "ON"},
)
configuration = iot.get_indexing_configuration()
expect("mode", configuration["thingIndexingConfiguration"]["thingIndexingMode"], "REGISTRY")
expect("index", iot.describe_index(indexName="AWS_Things")["indexStatus"], "ACTIVE")
expect("indices", sorted(iot.list_indices()["indexNames"]), ["AWS_ThingGroups", "AWS_Things"])

for i in range(6):
    iot.create_thing(thingName=f"{P}-{i}", attributePayload={"attributes": {"fw": f"1.{i % 2}", "t": str(10 * i), "run": P}})
iot.create_thing_group(thingGroupName=P + "-hall", thingGroupProperties={"thingGroupDescription": "The north hall"})
iot.add_thing_to_thing_group(thingName=P + "-0", thingGroupName=P + "-hall")
expect("prefix", len(names(f"thingName:{P}-*")), 6)
expect("range", names(f"attributes.run:{P} AND attributes.t:[20 TO 40}}"), [P + "-2", P + "-3"])
expect("comparison", names(f"attributes.run:{P} attributes.t >= 40"), [P + "-4", P + "-5"])
expect("either", names(f"thingName:({P}-1 OR {P}-4)"), [P + "-1", P + "-4"])
expect("not", names(f"attributes.run:{P} AND NOT attributes.fw:1.0"), [P + "-1", P + "-3", P + "-5"])
expect("group", names(f"thingGroupNames:{P}-hall"), [P + "-0"])
expect("connectivity", len(names(f"attributes.run:{P} AND connectivity.connected:false")), 6)
expect("thing groups", [g["thingGroupName"] for g in search(f"thingGroupName:{P}* AND thingGroupDescription:north", indexName="AWS_ThingGroups")], [P + "-hall"])
refused("an unknown field", "InvalidQueryException", iot.search_index, queryString="colour:red")
refused("an unknown index", "ResourceNotFoundException", iot.search_index, queryString="*", indexName="mine")

of_run = {"queryString": "attributes.run:" + P}
statistics = iot.get_statistics(aggregationField="attributes.t", **of_run)["statistics"]
expect("statistics", (statistics["count"], statistics["sum"], statistics["average"], statistics["maximum"]), (6, 150.0, 25.0, 50.0))
expect("cardinality", iot.get_cardinality(aggregationField="attributes.fw", **of_run)["cardinality"], 2)
expect("percentiles", [p["value"] for p in iot.get_percentiles(aggregationField="attributes.t", percents=[0, 50, 100], **of_run)["percentiles"]], [0.0, 25.0, 50.0])
buckets = iot.get_buckets_aggregation(aggregationField="attributes.fw", bucketsAggregationType={"termsAggregation": {"maxBuckets": 5}}, **of_run)
expect("buckets", (buckets["totalCount"], [(b["keyValue"], b["count"]) for b in buckets["buckets"]]), (6, [("1.0", 3), ("1.1", 3)]))

group = iot.create_dynamic_thing_group(thingGroupName=P + "-old", queryString=f"attributes.run:{P} AND attributes.fw:1.0")
members = lambda: iot.list_things_in_thing_group(thingGroupName=P + "-old")["things"]
expect("members", members(), [P + "-0", P + "-2", P + "-4"])
expect("description", iot.describe_thing_group(thingGroupName=P + "-old")["status"], "ACTIVE")
refused("adding by hand", "InvalidRequestException", iot.add_thing_to_thing_group, thingName=P + "-1", thingGroupName=P + "-old")

s3.create_bucket(Bucket=P)
s3.put_bucket_versioning(Bucket=P, VersioningConfiguration={"Status": "Enabled"})
version = s3.put_object(Bucket=P, Key="image.bin", Body=b"new firmware" * 100)["VersionId"]
iot.create_ota_update(
    otaUpdateId=P,
    targets=[group["thingGroupArn"]],
    targetSelection="CONTINUOUS",
    protocols=["HTTP"],
    roleArn="arn:aws:iam::000000000000:role/ota",
    files=[{"fileName": "image.bin", "fileVersion": "2", "fileLocation": {"s3Location": {"bucket": P, "key": "image.bin", "version": version}}}],
)
within(10, "the update's creation", lambda: iot.get_ota_update(otaUpdateId=P)["otaUpdateInfo"]["otaUpdateStatus"] == "CREATE_COMPLETE")
job = iot.get_ota_update(otaUpdateId=P)["otaUpdateInfo"]["awsIotJobId"]


def reached():
    return sorted(e["thingArn"].split("/")[-1] for e in iot.list_job_executions_for_job(jobId=job)["executionSummaries"] if e["jobExecutionSummary"]["status"] == "QUEUED")


within(10, "the first things", lambda: reached() == [P + "-0", P + "-2", P + "-4"])
iot.update_thing(thingName=P + "-1", attributePayload={"attributes": {"fw": "1.0"}, "merge": True})
within(5, "a thing whose attribute changed", lambda: P + "-1" in reached())
iot.update_thing(thingName=P + "-2", attributePayload={"attributes": {"fw": "9"}, "merge": True})
within(5, "a thing that left", lambda: P + "-2" not in reached())
iot.delete_ota_update(otaUpdateId=P, deleteStream=True, forceDeleteAWSJob=True)

expect("version of a new query", iot.update_dynamic_thing_group(thingGroupName=P + "-old", thingGroupProperties={}, queryString="thingName:" + P + "-5")["version"], 2)
expect("members by the new query", members(), [P + "-5"])
iot.delete_dynamic_thing_group(thingGroupName=P + "-old")
refused("a deleted group", "ResourceNotFoundException", iot.describe_thing_group, thingGroupName=P + "-old")
