"""Things, groups, certificates, policies, tags and the endpoint, as boto3 speaks to them."""
import hashlib
import os
import ssl

import boto3
from botocore.exceptions import ClientError

iot = boto3.client("iot", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
# Other scripts share the service: every name is this run's own.
P = "registry-" + boto3.__version__.replace(".", "-") + "-"
DOCUMENT = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]}'


def expect(what, found, wanted):
    if found != wanted:
        raise SystemExit(f"{what}: expected {wanted!r}, found {found!r}")


def refused(what, code, call, **arguments):
    try:
        answer = call(**arguments)
    except ClientError as error:
        expect(what, error.response["Error"]["Code"], code)
        return error.response
    raise SystemExit(f"{what}: expected {code}, was answered {answer!r}")


def pages(operation, key, **arguments):
    found = []
    for page in iot.get_paginator(operation).paginate(PaginationConfig={"PageSize": 3}, **arguments):
        found += page[key]
    return found


# Things.
iot.create_thing_type(thingTypeName=P + "sensor", thingTypeProperties={"thingTypeDescription": "senses"})
for i in range(7):
    iot.create_thing(thingName=f"{P}dev{i}", thingTypeName=P + "sensor", attributePayload={"attributes": {"fw": f"1.{i % 2}", "n": str(i)}})
again = iot.create_thing(thingName=P + "dev0", thingTypeName=P + "sensor", attributePayload={"attributes": {"n": "0", "fw": "1.0"}})
thing = iot.describe_thing(thingName=P + "dev0")
expect("thingId of a repeated CreateThing", again["thingId"], thing["thingId"])
expect("thing", (thing["version"], thing["attributes"], thing["thingTypeName"], thing["defaultClientId"]), (1, {"fw": "1.0", "n": "0"}, P + "sensor", P + "dev0"))
clash = refused("another thing of that name", "ResourceAlreadyExistsException", iot.create_thing, thingName=P + "dev0")
expect("resourceArn of the clash", clash["resourceArn"], thing["thingArn"])
expect("status of the clash", clash["ResponseMetadata"]["HTTPStatusCode"], 409)
expect("things with fw 1.0", [t["thingName"] for t in pages("list_things", "things", attributeName="fw", attributeValue="1.0", thingTypeName=P + "sensor")], [P + "dev0", P + "dev2", P + "dev4", P + "dev6"])
expect("things of the type", len(pages("list_things", "things", thingTypeName=P + "sensor")), 7)
iot.update_thing(thingName=P + "dev0", attributePayload={"attributes": {"fw": "2.0", "n": ""}, "merge": True}, expectedVersion=1)
expect("merged attributes", iot.describe_thing(thingName=P + "dev0")["attributes"], {"fw": "2.0"})
refused("an old version", "VersionConflictException", iot.update_thing, thingName=P + "dev0", removeThingType=True, expectedVersion=1)
iot.delete_thing(thingName=P + "nothing")
refused("a thing that is not there", "ResourceNotFoundException", iot.describe_thing, thingName=P + "nothing")

# Groups.
plant = iot.create_thing_group(thingGroupName=P + "plant", tags=[{"Key": "site", "Value": "north"}])
line = iot.create_thing_group(thingGroupName=P + "line", parentGroupName=P + "plant", thingGroupProperties={"thingGroupDescription": "Line 1"})
for i in range(7):
    iot.add_thing_to_thing_group(thingName=f"{P}dev{i}", thingGroupName=P + ("line" if i < 5 else "plant"))
expect("members", pages("list_things_in_thing_group", "things", thingGroupName=P + "plant"), [P + "dev5", P + "dev6"])
expect("members below", sorted(pages("list_things_in_thing_group", "things", thingGroupName=P + "plant", recursive=True)), [f"{P}dev{i}" for i in range(7)])
refused("a second group of the hierarchy", "InvalidRequestException", iot.add_thing_to_thing_group, thingName=P + "dev0", thingGroupName=P + "plant")
iot.update_thing_groups_for_thing(thingName=P + "dev0", thingGroupsToRemove=[P + "line"], thingGroupsToAdd=[P + "plant"])
expect("groups of a moved thing", [g["groupName"] for g in iot.list_thing_groups_for_thing(thingName=P + "dev0")["thingGroups"]], [P + "plant"])
described = iot.describe_thing_group(thingGroupName=P + "line")
expect("root to parent", described["thingGroupMetadata"]["rootToParentThingGroups"], [{"groupName": P + "plant", "groupArn": plant["thingGroupArn"]}])
expect("description", described["thingGroupProperties"]["thingGroupDescription"], "Line 1")
expect("groups", [g["groupName"] for g in pages("list_thing_groups", "thingGroups", namePrefixFilter=P)], [P + "line", P + "plant"])
conflict = refused("a group with children", "InvalidRequestException", iot.delete_thing_group, thingGroupName=P + "plant")
expect("text", conflict["Error"]["Message"], f"Cannot delete thing group : {P}plant when there are still child groups attached to it.")

# Tags.
iot.tag_resource(resourceArn=plant["thingGroupArn"], tags=[{"Key": "owner", "Value": "ops'); DROP TABLE thing; --"}])
iot.untag_resource(resourceArn=plant["thingGroupArn"], tagKeys=["site"])
expect("tags", iot.list_tags_for_resource(resourceArn=plant["thingGroupArn"])["tags"], [{"Key": "owner", "Value": "ops'); DROP TABLE thing; --"}])

# Certificates.
made = iot.create_keys_and_certificate(setAsActive=True)
der = ssl.PEM_cert_to_DER_cert(made["certificatePem"])
expect("certificateId", hashlib.sha256(der).hexdigest(), made["certificateId"])
expect("kinds of keys", (made["keyPair"]["PrivateKey"][:31], made["keyPair"]["PublicKey"][:26]), ("-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN PUBLIC KEY-----"))
certificate = iot.describe_certificate(certificateId=made["certificateId"])["certificateDescription"]
expect("certificate", (certificate["status"], certificate["certificatePem"], certificate["validity"]["notAfter"].year), ("ACTIVE", made["certificatePem"], 2049))
ids = [made["certificateId"]] + [iot.create_keys_and_certificate()["certificateId"] for _ in range(3)]
expect("certificates, newest first", [c["certificateId"] for c in pages("list_certificates", "certificates") if c["certificateId"] in ids][-1], ids[0])
expect("certificates, oldest first", [c["certificateId"] for c in pages("list_certificates", "certificates", ascendingOrder=True) if c["certificateId"] in ids][0], ids[0])
refused("a bad request", "InvalidRequestException", iot.create_certificate_from_csr, certificateSigningRequest="hello")
refused("a known certificate", "ResourceAlreadyExistsException", iot.register_certificate_without_ca, certificatePem=made["certificatePem"])

# Policies.
iot.create_policy(policyName=P + "devices", policyDocument=DOCUMENT, tags=[{"Key": "a", "Value": "b"}])
refused("a malformed policy", "MalformedPolicyException", iot.create_policy, policyName=P + "bad", policyDocument="{}")
version = iot.create_policy_version(policyName=P + "devices", policyDocument=DOCUMENT, setAsDefault=True)
expect("version", (version["policyVersionId"], version["isDefaultVersion"]), ("2", True))
expect("default version", iot.get_policy(policyName=P + "devices")["defaultVersionId"], "2")
iot.attach_policy(policyName=P + "devices", target=made["certificateArn"])
iot.attach_policy(policyName=P + "devices", target=plant["thingGroupArn"])
iot.attach_principal_policy(policyName=P + "devices", principal=made["certificateArn"])
expect("targets", sorted(pages("list_targets_for_policy", "targets", policyName=P + "devices")), sorted([made["certificateArn"], plant["thingGroupArn"]]))
expect("policies of the certificate", [p["policyName"] for p in pages("list_attached_policies", "policies", target=made["certificateArn"])], [P + "devices"])
expect("policies over the group", [p["policyName"] for p in pages("list_attached_policies", "policies", target=line["thingGroupArn"], recursive=True)], [P + "devices"])
expect("principals", pages("list_policy_principals", "principals", policyName=P + "devices"), [made["certificateArn"]])
expect("policies of the principal", [p["policyName"] for p in pages("list_principal_policies", "policies", principal=made["certificateArn"])], [P + "devices"])
refused("a policy in use", "DeleteConflictException", iot.delete_policy, policyName=P + "devices")

# Principals of things.
iot.attach_thing_principal(thingName=P + "dev1", principal=made["certificateArn"])
expect("principals of the thing", iot.list_thing_principals(thingName=P + "dev1")["principals"], [made["certificateArn"]])
expect("things of the principal", pages("list_principal_things", "things", principal=made["certificateArn"]), [P + "dev1"])
kept = refused("a thing with a principal", "InvalidRequestException", iot.delete_thing, thingName=P + "dev1")
expect("text", kept["Error"]["Message"], f"Cannot delete. Thing {P}dev1 is still attached to one or more principals")

# The endpoint, and everything away again.
for kind in ("iot:Data-ATS", "iot:Data", "iot:CredentialProvider", "iot:Jobs"):
    address = iot.describe_endpoint(endpointType=kind)["endpointAddress"]
    expect(f"address for {kind}", "://" in address or ":" in address or not address, False)
iot.detach_thing_principal(thingName=P + "dev1", principal=made["certificateArn"])
state = refused("an active certificate", "CertificateStateException", iot.delete_certificate, certificateId=made["certificateId"])
expect("status", state["ResponseMetadata"]["HTTPStatusCode"], 406)
iot.update_certificate(certificateId=made["certificateId"], newStatus="INACTIVE")
refused("a certificate with a policy", "DeleteConflictException", iot.delete_certificate, certificateId=made["certificateId"])
iot.detach_policy(policyName=P + "devices", target=plant["thingGroupArn"])
iot.detach_principal_policy(policyName=P + "devices", principal=made["certificateArn"])
for certificate_id in ids:
    iot.delete_certificate(certificateId=certificate_id)
iot.delete_policy_version(policyName=P + "devices", policyVersionId="1")
iot.delete_policy(policyName=P + "devices")
for i in range(7):
    iot.delete_thing(thingName=f"{P}dev{i}")
for group in (P + "line", P + "plant"):
    iot.delete_thing_group(thingGroupName=group)
iot.deprecate_thing_type(thingTypeName=P + "sensor")
refused("a type deprecated just now", "InvalidRequestException", iot.delete_thing_type, thingTypeName=P + "sensor")
iot.deprecate_thing_type(thingTypeName=P + "sensor", undoDeprecate=True)
expect("things left", pages("list_things", "things", thingTypeName=P + "sensor"), [])
expect("groups left", pages("list_thing_groups", "thingGroups", namePrefixFilter=P), [])
expect("policies left", [p for p in pages("list_policies", "policies") if p["policyName"].startswith(P)], [])
expect("certificates left", [c for c in pages("list_certificates", "certificates") if c["certificateId"] in ids], [])
