using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Godwit.Fleet.Operator;

/// <summary>What an operator does for a fleet: registers devices, uploads and signs images, creates updates. Signed calls of the public API only.</summary>
public sealed class FleetOperator(AwsClient aws, ECDsa signer, TimeProvider time)
{
    private const string RoleName = "ota-service-role";

    private const string TrustPolicy = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"iot.amazonaws.com"},"Action":"sts:AssumeRole"}]}""";

    /// <summary>Of an account without roles any will do; <see cref="CreateRole"/> makes a real one.</summary>
    private string _roleArn = "arn:aws:iam::000000000000:role/" + RoleName;

    /// <summary>
    /// A policy that lets a device do what an OTA needs, for its own thing only. The STM32U5 integration subscribes to <c>$aws/things/+/jobs/…</c> and gives up where that is
    /// refused; it may, as what it receives is its own all the same.
    /// </summary>
    private const string PolicyDocument =
        """
        {"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:*:*:client/${iot:Connection.Thing.ThingName}"},
        {"Effect":"Allow","Action":"iot:Subscribe","Resource":["arn:aws:iot:*:*:topicfilter/$aws/things/${iot:Connection.Thing.ThingName}/jobs/*","arn:aws:iot:*:*:topicfilter/$aws/things/+/jobs/*","arn:aws:iot:*:*:topicfilter/$aws/things/${iot:Connection.Thing.ThingName}/streams/*"]},
        {"Effect":"Allow","Action":["iot:Publish","iot:Receive"],"Resource":["arn:aws:iot:*:*:topic/$aws/things/${iot:Connection.Thing.ThingName}/jobs/*","arn:aws:iot:*:*:topic/$aws/things/${iot:Connection.Thing.ThingName}/streams/*"]}]}
        """;

    /// <summary>The role by which updates read their image from the bucket and make stream and job (AWS: Create an OTA Update service role).</summary>
    public async Task CreateRole(string bucket, CancellationToken ct)
    {
        var made = await aws.Form("iam", $"Action=CreateRole&Version=2010-05-08&RoleName={RoleName}&AssumeRolePolicyDocument={Uri.EscapeDataString(TrustPolicy)}", ct);
        _roleArn = XDocument.Parse(made).Descendants().First(element => element.Name.LocalName == "Arn").Value;
        var policy =
            $$"""
            {"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::{{bucket}}/*"},
            {"Effect":"Allow","Action":["iot:CreateStream","iot:CreateJob"],"Resource":"*"},
            {"Effect":"Allow","Action":"iam:PassRole","Resource":"{{_roleArn}}"}]}
            """;
        await aws.Form("iam", $"Action=PutRolePolicy&Version=2010-05-08&RoleName={RoleName}&PolicyName=ota-updates&PolicyDocument={Uri.EscapeDataString(policy)}", ct);
    }

    public Task CreatePolicy(string name, CancellationToken ct) => Iot(HttpMethod.Post, $"/policies/{name}", new() { ["policyDocument"] = PolicyDocument }, ct);

    /// <returns>The group's ARN.</returns>
    public async Task<string> CreateGroup(string name, CancellationToken ct) =>
        (await Iot(HttpMethod.Post, $"/thing-groups/{name}", [], ct))["thingGroupArn"]!.GetValue<string>();

    /// <summary>A thing with a certificate made from the device's own key, the policy attached, in the group.</summary>
    /// <returns>The certificate with its private key.</returns>
    public async Task<X509Certificate2> Register(string thing, string policy, string group, CancellationToken ct)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var csr = new CertificateRequest($"CN={thing}", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        await Iot(HttpMethod.Post, $"/things/{thing}", [], ct);
        var made = await Iot(HttpMethod.Post, "/certificates?setAsActive=true", new() { ["certificateSigningRequest"] = csr }, ct);
        var arn = made["certificateArn"]!.GetValue<string>();
        await Iot(HttpMethod.Put, $"/target-policies/{policy}", new() { ["target"] = arn }, ct);
        await aws.CallWithPrincipal($"/things/{thing}/principals", arn, ct);
        await Iot(HttpMethod.Put, "/thing-groups/addThingToThingGroup", new() { ["thingGroupName"] = group, ["thingName"] = thing }, ct);
        using var certificate = X509Certificate2.CreateFromPem(made["certificatePem"]!.GetValue<string>());
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>A bucket that keeps versions.</summary>
    public async Task CreateBucket(string bucket, CancellationToken ct)
    {
        await aws.S3(HttpMethod.Put, $"/{bucket}", [], ct);
        var versioning = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status></VersioningConfiguration>"u8.ToArray();
        await aws.S3(HttpMethod.Put, $"/{bucket}?versioning=", versioning, ct);
    }

    /// <returns>The version id of the object.</returns>
    public async Task<string> Upload(string bucket, string key, byte[] image, CancellationToken ct)
    {
        await aws.S3(HttpMethod.Put, $"/{bucket}/{key}", image, ct);
        var versions = await aws.S3(HttpMethod.Get, $"/{bucket}?prefix={key}&versions=", [], ct);
        return XDocument.Parse(versions).Descendants().First(element => element.Name.LocalName == "VersionId").Value;
    }

    /// <summary>CreateOTAUpdate, signed over the image's bytes.</summary>
    public Task CreateUpdate(UpdateOrder order, CancellationToken ct) => Iot(HttpMethod.Post, $"/otaUpdates/{order.OtaUpdateId}", Request(order), ct);

    /// <summary>Returns once the update is CREATE_COMPLETE.</summary>
    /// <exception cref="AwsCallException">It ended in CREATE_FAILED; the message has the service's reason.</exception>
    public async Task AwaitCreated(string otaUpdateId, CancellationToken ct)
    {
        while (true)
        {
            var info = (await Iot(HttpMethod.Get, $"/otaUpdates/{otaUpdateId}", null, ct))["otaUpdateInfo"]!;
            var status = info["otaUpdateStatus"]!.GetValue<string>();
            if (status == "CREATE_COMPLETE")
                return;
            if (status == "CREATE_FAILED")
                throw new AwsCallException($"CreateOTAUpdate ended in CREATE_FAILED: {info["errorInfo"]?.ToJsonString()}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, ct);
        }
    }

    /// <summary>A job's status and how many devices are in which state.</summary>
    public async Task<(string Status, JsonObject Counts)> Job(string jobId, CancellationToken ct)
    {
        var job = (await Iot(HttpMethod.Get, $"/jobs/{jobId}", null, ct))["job"]!;
        return (job["status"]!.GetValue<string>(), job["jobProcessDetails"]!.AsObject());
    }

    private JsonObject Request(UpdateOrder order)
    {
        // The API takes the text of the signature as a blob: base64 of the DER signature, and JSON wraps a blob in base64 once more.
        var signature = Convert.ToBase64String(signer.SignData(order.Image, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        return new JsonObject
        {
            ["targets"] = new JsonArray(order.TargetArn),
            ["protocols"] = new JsonArray([.. order.Protocols.Select(protocol => (JsonNode)protocol)]),
            ["targetSelection"] = "SNAPSHOT",
            ["awsJobExecutionsRolloutConfig"] = new JsonObject { ["maximumPerMinute"] = 1000 },
            ["awsJobTimeoutConfig"] = new JsonObject { ["inProgressTimeoutInMinutes"] = 60 },
            ["roleArn"] = _roleArn,
            ["files"] = new JsonArray(new JsonObject
            {
                ["fileName"] = "/fw/app.bin",
                ["fileVersion"] = order.FileVersion,
                ["fileLocation"] = new JsonObject
                {
                    ["s3Location"] = new JsonObject { ["bucket"] = order.Bucket, ["key"] = order.Key, ["version"] = order.ObjectVersion },
                },
                ["codeSigning"] = new JsonObject
                {
                    ["customCodeSigning"] = new JsonObject
                    {
                        ["signature"] = new JsonObject { ["inlineDocument"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(signature)) },
                        ["certificateChain"] = new JsonObject { ["certificateName"] = "/certs/signer.crt" },
                        ["hashAlgorithm"] = "SHA256",
                        ["signatureAlgorithm"] = "ECDSA",
                    },
                },
            }),
        };
    }

    private Task<JsonObject> Iot(HttpMethod method, string path, JsonObject? body, CancellationToken ct) => aws.Call("iot", method, path, body, ct);
}
