"""The rest of the registry as boto3 speaks to it: life cycles, and every paginator walking a thousand of its things."""
import json
import os
import sys
import threading
import time
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

WORKERS = 8
config = Config(max_pool_connections=WORKERS, parameter_validation=False)
iot = boto3.client("iot", endpoint_url=os.environ["AWS_ENDPOINT_URL"], config=config)
data = boto3.client("iot-data", endpoint_url=os.environ["AWS_ENDPOINT_URL"], config=config)
account = boto3.client("sts", endpoint_url=os.environ["AWS_ENDPOINT_URL"]).get_caller_identity()["Account"]
# A thousand of each with the client of today; with one of years ago, pages enough.
MANY = 1000 if hasattr(iot, "create_package") else 200
P = "r2" + uuid.uuid4().hex[:8] + "-"


def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f"{what}: expected {wanted!r}, found {found!r}")


def refused(what, code, call, **arguments):
    try:
        answer = call(**arguments)
    except ClientError as error:
        expect(what, error.response["Error"]["Code"], code)
        return error.response["Error"]["Message"]
    return sys.exit(f"{what}: expected {code}, was answered {answer!r}")


def many(make):
    """Calls make(0) to make(999), some at a time."""
    failures = []

    def work(first):
        try:
            for i in range(first, MANY, WORKERS):
                make(i)
        except Exception as failure:  # told by the main thread
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def walk(what, operation, key, name, client=iot, size=97, **arguments):
    """All of this run's names that a paginator finds; each must come once."""
    found = []
    for page in client.get_paginator(operation).paginate(PaginationConfig={"PageSize": size}, **arguments):
        found += [name(item) for item in page.get(key, [])]
    own = [item for item in found if P in item]
    expect(f"{what}: found {len(own)}, each once", len(set(own)), len(own))
    return own


def names(prefix):
    return [f"{P}{prefix}{i:04}" for i in range(MANY)]


# A thousand things, in a group and a billing group.
iot.create_thing_type(thingTypeName=P + "type")
iot.create_billing_group(billingGroupName=P + "bills", billingGroupProperties={"billingGroupDescription": "b"}, tags=[{"Key": "k", "Value": "v"}])
iot.create_thing_group(thingGroupName=P + "all")


def thing(i):
    iot.create_thing(thingName=f"{P}t{i:04}", thingTypeName=P + "type", attributePayload={"attributes": {"run": P + "x"}}, billingGroupName=P + "bills")
    iot.add_thing_to_thing_group(thingName=f"{P}t{i:04}", thingGroupName=P + "all")


many(thing)
things = names("t")
expect("things", walk("things", "list_things", "things", lambda t: t["thingName"], thingTypeName=P + "type"), things)
expect("things by attribute", walk("things by attribute", "list_things", "things", lambda t: t["thingName"], attributeName="run", attributeValue=P + "x"), things)
expect("members", walk("members", "list_things_in_thing_group", "things", str, thingGroupName=P + "all"), things)
expect("billed", walk("billed", "list_things_in_billing_group", "things", str, billingGroupName=P + "bills"), things)
expect("billing group of a thing", iot.describe_thing(thingName=things[0])["billingGroupName"], P + "bills")

iot.update_indexing_configuration(thingIndexingConfiguration={"thingIndexingMode": "REGISTRY", "thingConnectivityIndexingMode": "STATUS"})
found, token = [], None
while True:
    page = iot.search_index(queryString=f"attributes.run:{P}x", maxResults=113, **({"nextToken": token} if token else {}))
    found += [t["thingName"] for t in page["things"]]
    token = page.get("nextToken")
    if not token:
        break
expect("searched", found, things)
group = iot.create_dynamic_thing_group(thingGroupName=P + "found", queryString=f"attributes.run:{P}x AND NOT thingName:{things[0]}")
found = iot.describe_thing_group(thingGroupName=P + "found")
for _ in range(200):
    if found["status"] == "ACTIVE":
        break
    found = iot.describe_thing_group(thingGroupName=P + "found")
expect("dynamic members", walk("dynamic members", "list_things_in_thing_group", "things", str, thingGroupName=P + "found"), things[1:])

# A thousand of the other kinds.
many(lambda i: iot.create_thing_group(thingGroupName=f"{P}g{i:04}"))
expect("groups", walk("groups", "list_thing_groups", "thingGroups", lambda g: g["groupName"], namePrefixFilter=P + "g"), names("g"))
many(lambda i: iot.create_thing_type(thingTypeName=f"{P}y{i:04}"))
expect("types", [t for t in walk("types", "list_thing_types", "thingTypes", lambda t: t["thingTypeName"]) if P + "y" in t], names("y"))
many(lambda i: iot.create_billing_group(billingGroupName=f"{P}b{i:04}"))
expect("billing groups", [b for b in walk("billing groups", "list_billing_groups", "billingGroups", lambda b: b["groupName"], namePrefixFilter=P + "b") if P + "b0" in b], names("b"))
document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:Connect", "Resource": "*"}]})
many(lambda i: iot.create_policy(policyName=f"{P}p{i:04}", policyDocument=document))
expect("policies", sorted(walk("policies", "list_policies", "policies", lambda p: p["policyName"])), names("p"))
job = {"targets": [iot.describe_thing(thingName=things[0])["thingArn"]], "document": "{}"}
many(lambda i: iot.create_job(jobId=f"{P}j{i:04}", **job))
expect("jobs", sorted(walk("jobs", "list_jobs", "jobs", lambda j: j["jobId"])), names("j"))
# Jobs begin in the background, so the last of them may still be about to.
for _ in range(300):
    executions = walk("executions", "list_job_executions_for_thing", "executionSummaries", lambda e: e["jobId"], thingName=things[0])
    if len(executions) == MANY:
        break
    time.sleep(0.1)
expect("executions of a thing", len(executions), MANY)

# Role aliases.
role = f"arn:aws:iam::{account}:role/{P}device"


def alias_calls():
    made = iot.create_role_alias(roleAlias=P + "alias", roleArn=role, credentialDurationSeconds=900)
    described = iot.describe_role_alias(roleAlias=P + "alias")["roleAliasDescription"]
    expect("role alias", (described["roleAliasArn"], described["roleArn"], described["credentialDurationSeconds"]), (made["roleAliasArn"], role, 900))
    iot.update_role_alias(roleAlias=P + "alias", credentialDurationSeconds=3600)
    expect("role aliases", P + "alias" in walk("role aliases", "list_role_aliases", "roleAliases", str), True)
    iot.delete_role_alias(roleAlias=P + "alias")
    refused("a deleted role alias", "ResourceNotFoundException", iot.describe_role_alias, roleAlias=P + "alias")


alias_calls()

# Provisioning.
body = json.dumps({
    "Parameters": {"Serial": {"Type": "String"}, "Csr": {"Type": "String"}},
    "Resources": {
        "thing": {"Type": "AWS::IoT::Thing", "Properties": {"ThingName": {"Fn::Join": ["", [P, "made-", {"Ref": "Serial"}]]}, "ThingGroups": [P + "all"]}},
        "certificate": {"Type": "AWS::IoT::Certificate", "Properties": {"CertificateId": {"Ref": "Csr"}, "Status": "ACTIVE"}},
        "policy": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyName": P + "p0000"}},
    },
})
certificate = iot.create_keys_and_certificate(setAsActive=False)
made = iot.register_thing(templateBody=body, parameters={"Serial": "1", "Csr": certificate["certificateId"]})
expect("registered", made["resourceArns"]["thing"].split("/")[-1], P + "made-1")
expect("its certificate", iot.describe_certificate(certificateId=certificate["certificateId"])["certificateDescription"]["status"], "ACTIVE")
effective = iot.get_effective_policies(principal=certificate["certificateArn"])["effectivePolicies"]
expect("effective policies", [p["policyName"] for p in effective], [P + "p0000"])
tested = iot.test_authorization(
    principal=certificate["certificateArn"], clientId="any",
    authInfos=[{"actionType": "CONNECT", "resources": [certificate["certificateArn"].split(":cert/")[0] + ":client/any"]},
               {"actionType": "PUBLISH", "resources": [certificate["certificateArn"].split(":cert/")[0] + ":topic/x"]}])
expect("tested", [r["authDecision"] for r in tested["authResults"]], ["ALLOWED", "IMPLICIT_DENY"])
template = iot.create_provisioning_template(templateName=P + "template", templateBody=body, provisioningRoleArn=role, enabled=True)
expect("template", (template["defaultVersionId"], iot.describe_provisioning_template(templateName=P + "template")["enabled"]), (1, True))
iot.create_provisioning_template_version(templateName=P + "template", templateBody=body, setAsDefault=True)
versions = iot.get_paginator("list_provisioning_template_versions").paginate(templateName=P + "template", PaginationConfig={"PageSize": 1})
expect("versions", [v["versionId"] for page in versions for v in page["versions"]], [1, 2])
iot.delete_provisioning_template(templateName=P + "template")
message = refused("a claim", "InvalidRequestException", iot.create_provisioning_claim, templateName="t")
expect("why no claim", message.startswith("CreateProvisioningClaim is not part of Godwit"), True)

# Retained messages; shadows are not kept.
for i in range(5):
    data.publish(topic=f"{P}/{i}", payload=f"message {i}", retain=True, qos=1)
if hasattr(data, "list_retained_messages"):
    expect("retained", walk("retained", "list_retained_messages", "retainedTopics", lambda r: r["topic"], client=data, size=2), [f"{P}/{i}" for i in range(5)])
    expect("message", data.get_retained_message(topic=P + "/3")["payload"], b"message 3")
refused("a shadow", "MethodNotAllowedException", data.get_thing_shadow, thingName=things[0])
if hasattr(data, "delete_connection"):
    refused("a connection that is not there", "ResourceNotFoundException", data.delete_connection, clientId=P + "nobody")

# Software packages, which older clients do not know.
if hasattr(iot, "create_package"):
    many(lambda i: iot.create_package(packageName=f"{P}k{i:04}", clientToken=str(uuid.uuid4())))
    expect("packages", walk("packages", "list_packages", "packageSummaries", lambda k: k["packageName"]), names("k"))
    package = {"packageName": P + "k0000"}
    many(lambda i: iot.create_package_version(versionName=f"{P}v{i:04}", clientToken=str(uuid.uuid4()), **package))
    expect("package versions", walk("package versions", "list_package_versions", "packageVersionSummaries", lambda v: v["versionName"], **package), names("v"))
    iot.update_package_version(versionName=P + "v0000", action="PUBLISH", **package)
    iot.update_package(defaultVersionName=P + "v0000", **package)
    version = iot.get_package_version(versionName=P + "v0000", **package)
    expect("version", (version["status"], version["packageVersionArn"].split(":", 5)[5]), ("PUBLISHED", f"package/{P}k0000/version/{P}v0000"))
    iot.create_job(jobId=P + "versioned", destinationPackageVersions=[version["packageVersionArn"]], **job)
    expect("version of a job", iot.describe_job(jobId=P + "versioned")["job"]["destinationPackageVersions"], [version["packageVersionArn"]])

iot.delete_dynamic_thing_group(thingGroupName=P + "found")
