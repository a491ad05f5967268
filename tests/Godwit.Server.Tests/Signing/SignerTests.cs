using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Godwit.Core.Signing;
using Godwit.Server.Signing;
using Godwit.Server.Tests.Acm;

namespace Godwit.Server.Tests.Signing;

/// <summary>Signer over the wire: profiles, jobs, signed objects, revocation, permissions.</summary>
public sealed class SignerTests : IAsyncLifetime
{
    private const string Enable = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled</Status></VersioningConfiguration>";

    private readonly byte[] _image = TestObjects.Image(10_001);
    private TestServer _server = null!;
    private string _version = "";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.Start(configure: options => options with
        {
            SigningPlatforms = [SigningPlatforms.Read("Acme-P384:ECDSA:SHA384")!, SigningPlatforms.Read("Acme-Rsa:RSA:SHA512:JSONDetached:1")!, SigningPlatforms.Read("Acme-Large:RSA:SHA512")!],
        });
        using var s3 = _server.Client("s3");
        await s3.Send("PUT", "/firmware");
        await s3.Send("PUT", "/firmware?versioning=", Encoding.UTF8.GetBytes(Enable));
        _version = (await s3.Send("PUT", "/firmware/app.bin", _image)).Headers.GetValues("x-amz-version-id").Single();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("P-256", "AmazonFreeRTOS-Default", null, "SHA256withECDSA")]
    [InlineData("P-384", "AmazonFreeRTOS-Default", null, "SHA256withECDSA")]
    [InlineData("2048", "AmazonFreeRTOS-Default", "RSA", "SHA256withRSA")]
    [InlineData("3072", "AmazonFreeRTOS-Default", "RSA", "SHA256withRSA")]
    [InlineData("2048", "AmazonFreeRTOS-TI-CC3220SF", null, "SHA1withRSA")]
    [InlineData("P-384", "Acme-P384", null, "SHA384withECDSA")]
    [InlineData("4096", "Acme-Large", null, "SHA512withRSA")]
    public async Task A_signed_object_holds_the_image_and_a_signature_of_the_key(string key, string platform, string? encryption, string algorithm)
    {
        using var signer = TestSigner.Make(key);
        await PutProfile("p1", platform, await _server.Import(signer), encryption);
        var jobId = await Start("p1");
        var job = await Ended(jobId);
        Assert.Equal(("Succeeded", "Signing Succeeded"), (Text(job, "status"), Text(job, "statusReason")));
        Assert.Equal($"SignedImages/{jobId}", job.GetProperty("signedObject").GetProperty("s3").GetProperty("key").GetString());

        var envelope = JsonDocument.Parse((await Object($"SignedImages/{jobId}")).Body).RootElement;
        Assert.Equal(["rawPayloadSize", "signature", "signatureAlgorithm", "payload"], envelope.EnumerateObject().Select(member => member.Name));
        Assert.Equal(_image.Length, envelope.GetProperty("rawPayloadSize").GetInt32());
        Assert.Equal(algorithm, Text(envelope, "signatureAlgorithm"));
        Assert.Equal(_image, envelope.GetProperty("payload").GetBytesFromBase64());
        Assert.True(signer.Made(_image, envelope.GetProperty("signature").GetBytesFromBase64(), algorithm[..algorithm.IndexOf("with", StringComparison.Ordinal)]));
    }

    /// <summary>AWS: Jobs > Create and manage jobs: the placeholder that the console fills.</summary>
    [Fact]
    public async Task A_job_document_has_the_signature_where_its_placeholder_stands_until_it_is_revoked()
    {
        using var signer = TestSigner.Make();
        await PutProfile("p1", "AmazonFreeRTOS-Default", await _server.Import(signer));
        using var iot = _server.Client("iot");
        using var data = _server.Client("iot-jobs-data");
        Assert.Equal(200, (await iot.Send("POST", "/things/dev7", "{}")).Status);
        var signed = $"${{aws:iot:code-sign-signature:s3://us-east-1.firmware/app.bin@{_version}}}";
        const string unsigned = "${aws:iot:code-sign-signature:s3://us-east-1.firmware/other.bin}";
        var document = JsonSerializer.Serialize(new { sig = signed, none = unsigned });
        Assert.Equal(200, (await iot.Send("PUT", "/jobs/signed", JsonSerializer.Serialize(new { targets = new[] { "arn:aws:iot:us-east-1:000000000000:thing/dev7" }, document }))).Status);
        await _server.Get<Godwit.Server.Jobs.JobRunner>().RunDue(Ct);
        Assert.Equal(signed, (await Delivered()).GetProperty("sig").GetString());

        var jobId = await Start("p1");
        await Ended(jobId);
        var delivered = await Delivered();
        Assert.True(signer.Made(_image, delivered.GetProperty("sig").GetBytesFromBase64(), "SHA256"));
        Assert.Equal(unsigned, delivered.GetProperty("none").GetString());

        using var client = _server.Client("signer");
        Assert.Equal(200, (await client.Send("PUT", $"/signing-jobs/{jobId}/revoke", """{"reason":"leaked"}""")).Status);
        Assert.Equal(signed, (await Delivered()).GetProperty("sig").GetString());

        async Task<JsonElement> Delivered() =>
            JsonDocument.Parse((await data.Get("/things/dev7/jobs/$next?includeJobDocument=true")).Json.GetProperty("execution").GetProperty("jobDocument").GetString()!).RootElement;
    }

    [Fact]
    public async Task A_detached_envelope_says_where_the_image_lies()
    {
        using var signer = TestSigner.Make("2048");
        await PutProfile("detached", "Acme-Rsa", await _server.Import(signer));
        var jobId = await Start("detached");
        Assert.Equal("Succeeded", Text(await Ended(jobId), "status"));
        var envelope = JsonDocument.Parse((await Object($"SignedImages/{jobId}")).Body).RootElement;
        Assert.Equal(["rawPayloadSize", "signature", "signatureAlgorithm", "payloadLocation"], envelope.EnumerateObject().Select(member => member.Name));
        Assert.Equal(_version, envelope.GetProperty("payloadLocation").GetProperty("s3").GetProperty("version").GetString());
        Assert.True(signer.Made(_image, envelope.GetProperty("signature").GetBytesFromBase64(), "SHA512"));
    }

    [Fact]
    public async Task A_profile_without_signing_material_gets_a_key_that_is_made_here_and_whose_certificate_ACM_gives()
    {
        await PutProfile("own", "AmazonFreeRTOS-Default", null);
        var profile = (await Signer("GET", "/signing-profiles/own")).Json;
        var arn = profile.GetProperty("signingMaterial").GetProperty("certificateArn").GetString()!;
        var pem = (await _server.Acm("GetCertificate", new JsonObject { ["CertificateArn"] = arn })).Json.GetProperty("Certificate").GetString()!;
        var jobId = await Start("own");
        await Ended(jobId);
        var envelope = JsonDocument.Parse((await Object($"SignedImages/{jobId}")).Body).RootElement;
        var hash = System.Security.Cryptography.SHA256.HashData(_image);
        Assert.Equal(SignatureVerdict.Verifies, SignatureCheck.Verify(new("SHA256", "ECDSA"), Text(envelope, "signature")!, hash, pem));
        // As long as it signs, its certificate stays.
        Assert.Equal("ResourceInUseException", (await _server.Acm("DeleteCertificate", new JsonObject { ["CertificateArn"] = arn })).Kind());
        await Signer("DELETE", "/signing-profiles/own");
        Assert.Equal(200, (await _server.Acm("DeleteCertificate", new JsonObject { ["CertificateArn"] = arn })).Status);
    }

    [Fact]
    public async Task The_same_token_with_the_same_request_is_the_same_job_and_with_another_is_refused()
    {
        await PutProfile("p1", "AmazonFreeRTOS-Default", null);
        var (one, again) = (await Start("p1", "token-1"), await Start("p1", "token-1"));
        Assert.Equal(one, again);
        Assert.NotEqual(one, await Start("p1", "token-2"));
        var other = Request("p1", "token-1");
        other["destination"]!["s3"]!["prefix"] = "elsewhere/";
        Assert.Equal("ValidationException", (await Signer("POST", "/signing-jobs", other)).Exception);
        Assert.Equal(2, (await Signer("GET", "/signing-jobs")).Json.GetProperty("jobs").GetArrayLength());
    }

    [Fact]
    public async Task What_cannot_be_signed_is_refused_with_Signers_exceptions()
    {
        await PutProfile("p1", "AmazonFreeRTOS-Default", null);
        var unknown = await Signer("POST", "/signing-jobs", Request("nobody", "t"));
        Assert.Equal((404, "ResourceNotFoundException", "profile with name nobody does not exist"), (unknown.Status, unknown.Exception, unknown.Message));

        var noImage = Request("p1", "t");
        noImage["source"]!["s3"]!["key"] = "nothing.bin";
        var missing = await Signer("POST", "/signing-jobs", noImage);
        Assert.Equal((403, "AccessDeniedException"), (missing.Status, missing.Exception));
        Assert.StartsWith("S3 object nothing.bin not accessible. Please check your permissions", missing.Message, StringComparison.Ordinal);
        Assert.Equal("AccessDeniedException", missing.Json.GetProperty("code").GetString());

        var noBucket = Request("p1", "t");
        noBucket["destination"]!["s3"]!["bucketName"] = "nowhere";
        Assert.Equal("AccessDeniedException", (await Signer("POST", "/signing-jobs", noBucket)).Exception);

        await Signer("DELETE", "/signing-profiles/p1");
        var canceled = await Signer("POST", "/signing-jobs", Request("p1", "t"));
        Assert.Equal("ValidationException", canceled.Exception);
        Assert.Contains("Canceled", canceled.Message, StringComparison.Ordinal);
        Assert.Equal("ValidationException", (await Signer("PUT", "/signing-profiles/p1", new JsonObject { ["platformId"] = "AmazonFreeRTOS-Default" })).Exception);
        Assert.Equal("ValidationException", (await Signer("PUT", "/signing-profiles/p2", new JsonObject { ["platformId"] = "Nowhere" })).Exception);
    }

    [Fact]
    public async Task A_key_must_fit_the_platforms_algorithm()
    {
        using var rsa = TestSigner.Make("2048");
        var refused = await Signer("PUT", "/signing-profiles/p1", Profile("AmazonFreeRTOS-Default", await _server.Import(rsa), null));
        Assert.Equal("ValidationException", refused.Exception);
        Assert.Contains("encryptionAlgorithm to RSA", refused.Message, StringComparison.Ordinal);
        var ti = await Signer("PUT", "/signing-profiles/p1", Profile("AmazonFreeRTOS-TI-CC3220SF", await _server.Import(rsa), "ECDSA"));
        Assert.Contains("does not have", ti.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_over_the_platforms_limit_ends_as_Failed_with_the_limit_in_the_reason()
    {
        await PutProfile("small", "Acme-Rsa", null);
        using var s3 = _server.Client("s3");
        _version = (await s3.Send("PUT", "/firmware/app.bin", TestObjects.Image((1 << 20) + 1))).Headers.GetValues("x-amz-version-id").Single();
        var job = await Ended(await Start("small"));
        Assert.Equal("Failed", Text(job, "status"));
        Assert.Contains("1048577 bytes", Text(job, "statusReason"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Revocation_is_told_by_job_and_by_profile_from_its_moment_on()
    {
        await PutProfile("p1", "AmazonFreeRTOS-Default", null);
        var jobId = await Start("p1");
        await Ended(jobId);
        var version = Text((await Signer("GET", "/signing-profiles/p1")).Json, "profileVersion")!;
        var (profileArn, jobArn) = ($"arn:aws:signer:us-east-1:000000000000:/signing-profiles/p1/{version}", $"arn:aws:signer:us-east-1:000000000000:/signing-jobs/{jobId}");
        Assert.Equal([], await Revoked("2030-01-01T00:00:00Z"));
        Assert.Equal(200, (await Signer("PUT", $"/signing-jobs/{jobId}/revoke", new JsonObject { ["reason"] = "leaked" })).Status);
        Assert.Equal([jobArn], await Revoked("2030-01-01T00:00:00Z"));
        Assert.Equal("leaked", (await Signer("GET", $"/signing-jobs/{jobId}")).Json.GetProperty("revocationRecord").GetProperty("reason").GetString());
        var revoke = new JsonObject { ["profileVersion"] = version, ["reason"] = "leaked", ["effectiveTime"] = 1577836800 };
        Assert.Equal(200, (await Signer("PUT", "/signing-profiles/p1/revoke", revoke)).Status);
        Assert.Equal([profileArn, jobArn], await Revoked("2030-01-01T00:00:00Z"));
        Assert.Equal([jobArn], await Revoked("2019-01-01T00:00:00Z"));
        Assert.Equal("Revoked", Text((await Signer("GET", "/signing-profiles/p1")).Json, "status"));
        var unknown = await Signer("GET", $"/revocations?certificateHashes=00&jobArn={Uri.EscapeDataString(jobArn)}&platformId=none&profileVersionArn={Uri.EscapeDataString(profileArn)}&signatureTimestamp=2030-01-01T00%3A00%3A00Z");
        Assert.Equal((400, "ValidationException"), (unknown.Status, unknown.Exception));

        async Task<IEnumerable<string?>> Revoked(string at)
        {
            var query = $"certificateHashes=00&jobArn={Uri.EscapeDataString(jobArn)}&platformId=AmazonFreeRTOS-Default&profileVersionArn={Uri.EscapeDataString(profileArn)}&signatureTimestamp={Uri.EscapeDataString(at)}";
            return [.. (await Signer("GET", $"/revocations?{query}")).Json.GetProperty("revokedEntities").EnumerateArray().Select(one => one.GetString())];
        }
    }

    [Fact]
    public async Task Another_account_signs_with_a_profile_once_it_is_allowed_to()
    {
        await PutProfile("shared", "AmazonFreeRTOS-Default", null);
        using var other = _server.Client("signer", TestServer.OtherKey);
        Assert.Equal("AccessDeniedException", (await other.Get("/signing-profiles/shared?profileOwner=000000000000")).Exception);
        var added = await Signer("POST", "/signing-profiles/shared/permissions", new JsonObject
        {
            ["action"] = "signer:GetSigningProfile", ["principal"] = TestServer.OtherKey.Account, ["statementId"] = "s1",
        });
        var revision = Text(added.Json, "revisionId");
        Assert.Equal(200, (await other.Get("/signing-profiles/shared?profileOwner=000000000000")).Status);
        var listed = (await Signer("GET", "/signing-profiles/shared/permissions")).Json;
        Assert.Equal((revision, "s1"), (Text(listed, "revisionId"), listed.GetProperty("permissions")[0].GetProperty("statementId").GetString()));
        Assert.Equal("ConflictException", (await Signer("DELETE", "/signing-profiles/shared/permissions/s1?revisionId=wrong")).Exception);
        Assert.Equal(200, (await Signer("DELETE", $"/signing-profiles/shared/permissions/s1?revisionId={revision}")).Status);
        Assert.Equal("AccessDeniedException", (await other.Get("/signing-profiles/shared?profileOwner=000000000000")).Exception);
    }

    [Fact]
    public async Task A_payload_is_signed_as_a_JWS_that_its_certificate_verifies()
    {
        await PutProfile("notary", "Notation-OCI-SHA384-ECDSA", null);
        var signed = await Signer("POST", "/signing-jobs/with-payload", new JsonObject
        {
            ["profileName"] = "notary", ["payload"] = Convert.ToBase64String("{}"u8), ["payloadFormat"] = "application/vnd.cncf.notary.payload.v1+json",
        });
        Assert.True(signed.Status == 200, signed.Text);
        var jws = JsonDocument.Parse(signed.Json.GetProperty("signature").GetBytesFromBase64()).RootElement;
        using var certificate = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(jws.GetProperty("header").GetProperty("x5c")[0].GetBytesFromBase64());
        using var key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPublicKey(certificate)!;
        var text = Encoding.ASCII.GetBytes($"{Text(jws, "protected")}.{Text(jws, "payload")}");
        Assert.True(key.VerifyData(text, System.Buffers.Text.Base64Url.DecodeFromChars(Text(jws, "signature")), System.Security.Cryptography.HashAlgorithmName.SHA384));
        Assert.Equal("ValidationException", (await Signer("POST", "/signing-jobs", Request("notary", "t"))).Exception);
    }

    [Fact]
    public async Task Lists_have_pages_and_filters_and_tags_are_kept()
    {
        foreach (var name in (string[])["a1", "b2", "c3"])
            await PutProfile(name, "AmazonFreeRTOS-Default", null);
        await Signer("DELETE", "/signing-profiles/b2");
        var first = (await Signer("GET", "/signing-profiles?maxResults=1")).Json;
        var rest = (await Signer("GET", $"/signing-profiles?maxResults=5&nextToken={Text(first, "nextToken")}")).Json;
        Assert.Equal(["c3"], rest.GetProperty("profiles").EnumerateArray().Select(one => Text(one, "profileName")));
        Assert.Equal(3, (await Signer("GET", "/signing-profiles?includeCanceled=true")).Json.GetProperty("profiles").GetArrayLength());
        Assert.Equal(1, (await Signer("GET", "/signing-profiles?statuses=Canceled")).Json.GetProperty("profiles").GetArrayLength());
        Assert.Equal("ValidationException", (await Signer("GET", "/signing-profiles?nextToken=zz")).Exception);

        var arn = Uri.EscapeDataString("arn:aws:signer:us-east-1:000000000000:/signing-profiles/a1");
        Assert.Equal("{}", (await Signer("POST", $"/tags/{arn}", new JsonObject { ["tags"] = new JsonObject { ["line"] = "x", ["site"] = "y" } })).Text);
        await Signer("DELETE", $"/tags/{arn}?tagKeys=line");
        Assert.Equal("""{"tags":{"site":"y"}}""", (await Signer("GET", $"/tags/{arn}")).Text);
        Assert.Equal(7, (await Signer("GET", "/signing-platforms")).Json.GetProperty("platforms").GetArrayLength());
        Assert.Equal(16, (await Signer("GET", "/signing-platforms/AmazonFreeRTOS-Default")).Json.GetProperty("maxSizeInMB").GetInt32());
        Assert.Equal("ResourceNotFoundException", (await Signer("GET", "/signing-platforms/Nowhere")).Exception);
    }

    [Theory]
    [InlineData("before Sign")]
    [InlineData("after Sign")]
    [InlineData("before WriteObject")]
    [InlineData("after WriteObject")]
    public async Task A_job_that_was_cut_off_is_finished_by_the_next_start_and_writes_its_object_once(string point)
    {
        await PutProfile("p1", "AmazonFreeRTOS-Default", null);
        var reached = new TaskCompletionSource();
        _server.Get<SigningSteps>().Seam = at =>
        {
            if (at != point)
                return;
            reached.TrySetResult();
            throw new OperationCanceledException();
        };
        var jobId = await Start("p1");
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(20), Ct);
        Assert.Equal("InProgress", Text((await Signer("GET", $"/signing-jobs/{jobId}")).Json, "status"));

        await _server.Restart();
        Assert.Equal("Succeeded", Text(await Ended(jobId), "status"));
        using var s3 = _server.Client("s3");
        var versions = (await s3.Get("/firmware?prefix=SignedImages%2F&versions=")).Text;
        Assert.Equal(2, versions.Split("<VersionId>").Length);
    }

    private async Task<Answer> Signer(string method, string path, JsonNode? body = null)
    {
        using var client = _server.Client("signer");
        return body is null ? await client.Send(method, path) : await client.Send(method, path, body.ToJsonString());
    }

    private static JsonObject Profile(string platform, string? certificateArn, string? encryption)
    {
        var profile = new JsonObject { ["platformId"] = platform, ["signingParameters"] = new JsonObject { ["certname"] = "/certs/signer.crt" } };
        if (certificateArn is not null)
            profile["signingMaterial"] = new JsonObject { ["certificateArn"] = certificateArn };
        if (encryption is not null)
            profile["overrides"] = new JsonObject { ["signingConfiguration"] = new JsonObject { ["encryptionAlgorithm"] = encryption } };
        return profile;
    }

    private async Task PutProfile(string name, string platform, string? certificateArn, string? encryption = null)
    {
        var put = await Signer("PUT", $"/signing-profiles/{name}", Profile(platform, certificateArn, encryption));
        Assert.True(put.Status == 200, put.Text);
    }

    private JsonObject Request(string profile, string token) => new()
    {
        ["source"] = new JsonObject { ["s3"] = new JsonObject { ["bucketName"] = "firmware", ["key"] = "app.bin", ["version"] = _version } },
        ["destination"] = new JsonObject { ["s3"] = new JsonObject { ["bucketName"] = "firmware", ["prefix"] = "SignedImages/" } },
        ["profileName"] = profile,
        ["clientRequestToken"] = token,
    };

    private async Task<string> Start(string profile, string? token = null)
    {
        var started = await Signer("POST", "/signing-jobs", Request(profile, token ?? Guid.NewGuid().ToString()));
        Assert.True(started.Status == 200, started.Text);
        return Text(started.Json, "jobId")!;
    }

    private async Task<JsonElement> Ended(string jobId)
    {
        await _server.Get<SigningJobs>().Ended("000000000000", jobId, Ct).WaitAsync(TimeSpan.FromSeconds(30), Ct);
        return (await Signer("GET", $"/signing-jobs/{jobId}")).Json;
    }

    private async Task<Answer> Object(string key)
    {
        using var s3 = _server.Client("s3");
        return await s3.Get($"/firmware/{key}");
    }

    private static string? Text(JsonElement parent, string name) => parent.GetProperty(name).GetString();
}
