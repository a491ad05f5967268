using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Godwit.Fleet.Images;

namespace Godwit.Demo;

/// <summary>The operator's part of the demo: registers devices, uploads and signs the image, creates the update. Signed calls only.</summary>
public sealed class DemoBackOffice(AwsClient aws, DemoPlan plan, ECDsa signer)
{
    private const int CallsAtOnce = 8;

    /// <summary>A policy that lets a device do what an OTA needs, for its own thing only.</summary>
    private const string PolicyDocument =
        """
        {"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:*:*:client/${iot:Connection.Thing.ThingName}"},
        {"Effect":"Allow","Action":"iot:Subscribe","Resource":["arn:aws:iot:*:*:topicfilter/$aws/things/${iot:Connection.Thing.ThingName}/jobs/*","arn:aws:iot:*:*:topicfilter/$aws/things/${iot:Connection.Thing.ThingName}/streams/*"]},
        {"Effect":"Allow","Action":["iot:Publish","iot:Receive"],"Resource":["arn:aws:iot:*:*:topic/$aws/things/${iot:Connection.Thing.ThingName}/jobs/*","arn:aws:iot:*:*:topic/$aws/things/${iot:Connection.Thing.ThingName}/streams/*"]}]}
        """;

    /// <summary>Things, certificates made from the devices' own keys, one policy, one group.</summary>
    /// <returns>Each device's certificate with its private key, in the plan's order.</returns>
    public async Task<IReadOnlyList<X509Certificate2>> RegisterDevices(Action<int> registered, CancellationToken ct)
    {
        await Iot(HttpMethod.Post, $"/policies/{DemoPlan.Policy}", new() { ["policyDocument"] = PolicyDocument }, ct);
        await Iot(HttpMethod.Post, $"/thing-groups/{DemoPlan.Group}", [], ct);
        var identities = new ConcurrentDictionary<int, X509Certificate2>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, plan.Devices),
            new ParallelOptions { MaxDegreeOfParallelism = CallsAtOnce, CancellationToken = ct },
            async (index, token) =>
            {
                identities[index] = await Register(DemoPlan.Thing(index), token);
                registered(identities.Count);
            });
        return [.. identities.OrderBy(pair => pair.Key).Select(pair => pair.Value)];
    }

    /// <summary>A versioned bucket with the image in it.</summary>
    /// <returns>The version id of the object.</returns>
    public async Task<string> Upload(byte[] image, CancellationToken ct)
    {
        await aws.S3(HttpMethod.Put, $"/{DemoPlan.Bucket}", [], ct);
        var versioning = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status></VersioningConfiguration>"u8.ToArray();
        await aws.S3(HttpMethod.Put, $"/{DemoPlan.Bucket}?versioning=", versioning, ct);
        await aws.S3(HttpMethod.Put, $"/{DemoPlan.Bucket}/{DemoPlan.ImageKey}", image, ct);
        var versions = await aws.S3(HttpMethod.Get, $"/{DemoPlan.Bucket}?versions=", [], ct);
        return System.Xml.Linq.XDocument.Parse(versions).Descendants().First(element => element.Name.LocalName == "VersionId").Value;
    }

    /// <summary>CreateOTAUpdate for the whole group, signed over the image's bytes; returns once it is CREATE_COMPLETE.</summary>
    public async Task CreateUpdate(byte[] image, string objectVersion, CancellationToken ct)
    {
        var group = await Iot(HttpMethod.Get, $"/thing-groups/{DemoPlan.Group}", null, ct);
        await Iot(HttpMethod.Post, $"/otaUpdates/{DemoPlan.OtaUpdateId}", Request(group["thingGroupArn"]!.GetValue<string>(), image, objectVersion), ct);
        while (true)
        {
            var info = (await Iot(HttpMethod.Get, $"/otaUpdates/{DemoPlan.OtaUpdateId}", null, ct))["otaUpdateInfo"]!;
            var status = info["otaUpdateStatus"]!.GetValue<string>();
            if (status == "CREATE_COMPLETE")
                return;
            if (status == "CREATE_FAILED")
                throw new AwsCallException($"CreateOTAUpdate ended in CREATE_FAILED: {info["errorInfo"]?.ToJsonString()}");
            await Task.Delay(50, ct);
        }
    }

    /// <summary>The job's status and how many devices are in which state.</summary>
    public async Task<(string Status, JsonObject Counts)> Job(CancellationToken ct)
    {
        var job = (await Iot(HttpMethod.Get, $"/jobs/{DemoPlan.JobId}", null, ct))["job"]!;
        return (job["status"]!.GetValue<string>(), job["jobProcessDetails"]!.AsObject());
    }

    private async Task<X509Certificate2> Register(string thing, CancellationToken ct)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var csr = new CertificateRequest($"CN={thing}", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        await Iot(HttpMethod.Post, $"/things/{thing}", [], ct);
        var made = await Iot(HttpMethod.Post, "/certificates?setAsActive=true", new() { ["certificateSigningRequest"] = csr }, ct);
        var arn = made["certificateArn"]!.GetValue<string>();
        await Iot(HttpMethod.Put, $"/target-policies/{DemoPlan.Policy}", new() { ["target"] = arn }, ct);
        await aws.CallWithPrincipal($"/things/{thing}/principals", arn, ct);
        await Iot(HttpMethod.Put, "/thing-groups/addThingToThingGroup", new() { ["thingGroupName"] = DemoPlan.Group, ["thingName"] = thing }, ct);
        using var certificate = X509Certificate2.CreateFromPem(made["certificatePem"]!.GetValue<string>());
        return certificate.CopyWithPrivateKey(key);
    }

    private JsonObject Request(string groupArn, byte[] image, string objectVersion)
    {
        // The API takes the text of the signature as a blob: base64 of the DER signature, and JSON wraps a blob in base64 once more.
        var signature = Convert.ToBase64String(signer.SignData(image, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        return new JsonObject
        {
            ["targets"] = new JsonArray(groupArn),
            ["protocols"] = new JsonArray("MQTT", "HTTP"),
            ["targetSelection"] = "SNAPSHOT",
            ["awsJobExecutionsRolloutConfig"] = new JsonObject { ["maximumPerMinute"] = 1000 },
            ["awsJobTimeoutConfig"] = new JsonObject { ["inProgressTimeoutInMinutes"] = 60 },
            ["roleArn"] = DemoPlan.RoleArn,
            ["files"] = new JsonArray(new JsonObject
            {
                ["fileName"] = "/fw/app.bin",
                ["fileVersion"] = DemoPlan.After.ToString(),
                ["fileLocation"] = new JsonObject
                {
                    ["s3Location"] = new JsonObject { ["bucket"] = DemoPlan.Bucket, ["key"] = DemoPlan.ImageKey, ["version"] = objectVersion },
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
