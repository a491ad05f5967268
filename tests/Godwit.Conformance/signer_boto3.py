"""ACM and Signer by boto3: import, profile, job, waiter, paginators, revocation, and the errors by their names."""
import base64
import json
import os
import subprocess
import sys
import uuid

import boto3
from botocore.exceptions import ClientError


def client(service):
    return boto3.client(
        service,
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
    )


def check(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: expected {expected!r}, found {found!r}")


def refused(what, name, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        check(what, error.response["Error"]["Code"], name)
        return
    sys.exit(f"{what}: expected {name}, but the call succeeded")


def read(name):
    with open(name, "rb") as file:
        return file.read()


def make(name, *key):
    subprocess.run(["openssl", "req", "-x509", "-newkey", *key, "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.crt", "-days", "365", "-subj", f"/CN={name}@example.com",
                    "-addext", "keyUsage=digitalSignature", "-addext", "extendedKeyUsage=codeSigning"], check=True, capture_output=True)
    return read(f"{name}.crt"), read(f"{name}.key")


def main():
    acm, signer, s3 = client("acm"), client("signer"), client("s3")
    mark = uuid.uuid4().hex[:10]
    ec, rsa = make("ec", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"), make("rsa", "rsa:2048")

    arn = acm.import_certificate(Certificate=ec[0], PrivateKey=ec[1], Tags=[{"Key": "line", "Value": mark}])["CertificateArn"]
    rsa_arn = acm.import_certificate(Certificate=rsa[0], PrivateKey=rsa[1])["CertificateArn"]
    described = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    check("key algorithm", described["KeyAlgorithm"], "EC-prime256v1")
    check("type", described["Type"], "IMPORTED")
    if described["NotAfter"] <= described["NotBefore"]:
        sys.exit("the certificate ends before it begins")
    check("certificate", acm.get_certificate(CertificateArn=arn)["Certificate"].strip(), ec[0].decode().strip())
    check("tags", acm.list_tags_for_certificate(CertificateArn=arn)["Tags"], [{"Key": "line", "Value": mark}])
    pages = acm.get_paginator("list_certificates").paginate(PaginationConfig={"PageSize": 1})
    listed = [one["CertificateArn"] for page in pages for one in page["CertificateSummaryList"]]
    check("each once", len(listed), len(set(listed)))
    if not {arn, rsa_arn} <= set(listed):
        sys.exit("list_certificates does not show both")
    refused("a key of another certificate", "ValidationException", acm.import_certificate, Certificate=ec[0], PrivateKey=rsa[1])
    refused("an unknown certificate", "ResourceNotFoundException", acm.describe_certificate, CertificateArn=arn[:-12] + "000000000000")
    refused("request_certificate", "InvalidParameterException", acm.request_certificate, DomainName="example.com")

    name = f"fleet_{mark}"
    profile = signer.put_signing_profile(
        profileName=name, signingMaterial={"certificateArn": arn}, platformId="AmazonFreeRTOS-Default", signingParameters={"certname": "/certs/signer.crt"}, tags={"line": mark})
    check("version", len(profile["profileVersion"]), 10)
    got = signer.get_signing_profile(profileName=name)
    check("profile", (got["status"], got["platformId"], got["signingParameters"]), ("Active", "AmazonFreeRTOS-Default", {"certname": "/certs/signer.crt"}))
    refused("an RSA key for ECDSA", "ValidationException", signer.put_signing_profile, profileName=f"rsa_{mark}", signingMaterial={"certificateArn": rsa_arn}, platformId="AmazonFreeRTOS-Default")
    signer.put_signing_profile(profileName=f"ti_{mark}", signingMaterial={"certificateArn": rsa_arn}, platformId="AmazonFreeRTOS-TI-CC3220SF")
    names = [one["profileName"] for page in signer.get_paginator("list_signing_profiles").paginate(PaginationConfig={"PageSize": 1}) for one in page["profiles"]]
    if not {name, f"ti_{mark}"} <= set(names):
        sys.exit("list_signing_profiles does not show both")

    bucket = f"signer-{mark}"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    image = os.urandom(200_001)
    version = s3.put_object(Bucket=bucket, Key="app.bin", Body=image)["VersionId"]
    for used, crt, digest, algorithm in ((name, "ec", "-sha256", "SHA256withECDSA"), (f"ti_{mark}", "rsa", "-sha1", "SHA1withRSA")):
        request = {
            "source": {"s3": {"bucketName": bucket, "key": "app.bin", "version": version}}, "destination": {"s3": {"bucketName": bucket, "prefix": "signed/"}},
            "profileName": used, "clientRequestToken": f"{used}-1",
        }
        job_id = signer.start_signing_job(**request)["jobId"]
        check("the same token", signer.start_signing_job(**request)["jobId"], job_id)
        signer.get_waiter("successful_signing_job").wait(jobId=job_id, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
        job = signer.describe_signing_job(jobId=job_id)
        check("reason", job["statusReason"], "Signing Succeeded")
        check("signed object", job["signedObject"]["s3"], {"bucketName": bucket, "key": f"signed/{job_id}"})
        envelope = json.loads(s3.get_object(Bucket=bucket, Key=f"signed/{job_id}")["Body"].read())
        check("envelope", (envelope["rawPayloadSize"], envelope["signatureAlgorithm"], base64.b64decode(envelope["payload"]) == image), (len(image), algorithm, True))
        for file, content in (("sig", base64.b64decode(envelope["signature"])), ("image", image)):
            with open(file, "wb") as to:
                to.write(content)
        with open("pub", "wb") as to:
            to.write(subprocess.run(["openssl", "x509", "-in", f"{crt}.crt", "-pubkey", "-noout"], check=True, capture_output=True).stdout)
        subprocess.run(["openssl", "dgst", digest, "-verify", "pub", "-signature", "sig", "image"], check=True, capture_output=True)
    jobs = [one["jobId"] for page in signer.get_paginator("list_signing_jobs").paginate(status="Succeeded", PaginationConfig={"PageSize": 1}) for one in page["jobs"]]
    if job_id not in jobs:
        sys.exit("list_signing_jobs does not show the job")

    refused("an unknown profile", "ResourceNotFoundException", signer.start_signing_job, **{**request, "profileName": "nobody_here", "clientRequestToken": "x" + mark})
    refused("an image that is not there", "AccessDeniedException", signer.start_signing_job,
            **{**request, "source": {"s3": {"bucketName": bucket, "key": "nothing", "version": version}}, "clientRequestToken": "y" + mark})
    signer.revoke_signature(jobId=job_id, reason="a test")
    check("revocation", signer.describe_signing_job(jobId=job_id)["revocationRecord"]["reason"], "a test")
    refused("a certificate in use", "ResourceInUseException", acm.delete_certificate, CertificateArn=arn)
    signer.cancel_signing_profile(profileName=name)
    refused("a canceled profile", "ValidationException", signer.start_signing_job, **{**request, "profileName": name, "clientRequestToken": "z" + mark})
    acm.delete_certificate(CertificateArn=arn)
    revision = signer.add_profile_permission(profileName=f"ti_{mark}", action="signer:StartSigningJob", principal="123456789012", statementId="s1")["revisionId"]
    check("permission", signer.list_profile_permissions(profileName=f"ti_{mark}")["permissions"][0]["principal"], "123456789012")
    signer.remove_profile_permission(profileName=f"ti_{mark}", statementId="s1", revisionId=revision)
    if "AmazonFreeRTOS-Default" not in [one["platformId"] for page in signer.get_paginator("list_signing_platforms").paginate() for one in page["platforms"]]:
        sys.exit("list_signing_platforms lacks FreeRTOS")
    check("platform", signer.get_signing_platform(platformId="AmazonFreeRTOS-TI-CC3220SF")["maxSizeInMB"], 16)
    print(f"{mark}: imported, signed, verified by openssl, revoked")


if __name__ == "__main__":
    main()
