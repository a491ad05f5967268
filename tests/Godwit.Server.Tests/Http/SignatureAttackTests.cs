using System.Globalization;
using CsCheck;
using Godwit.Core.Access;
using Godwit.Server.Access;
using Godwit.Server.Http;
using Godwit.Server.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Http;

/// <summary>Attacks on the signature, each refused at the door and none of them changing anything.</summary>
public sealed class SignatureAttackTests(FrozenServerFixture fixture) : IClassFixture<FrozenServerFixture>, IAsyncLifetime
{
    private readonly TestServer _server = fixture.Server;
    private long _journal;

    private TimeProvider Time => _server.Time;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _journal = await Journal();

    public async ValueTask DisposeAsync() => Assert.Equal(_journal, await Journal());

    [Fact]
    public async Task A1_every_operation_without_a_signature_is_forbidden()
    {
        using var http = new HttpClient();
        foreach (var operation in ServiceCatalog.All.SelectMany(s => s.Operations))
        {
            var path = operation.UriTemplate.Replace('{', 'x').Replace('}', 'x');
            var answer = await Answer.Read(await http.SendAsync(new HttpRequestMessage(new HttpMethod(operation.Method), new Uri(_server.Address, path)), Ct));
            Assert.True(answer is { Status: 403, Exception: "MissingAuthenticationTokenException" }, $"{operation.Name}: {answer.Status}");
        }
    }

    [Theory]
    [InlineData("iot")]
    [InlineData("s3")]
    public void A2_one_changed_character_anywhere_is_refused(string service)
    {
        var authenticator = _server.Get<SigV4Authenticator>();
        using var client = _server.Client(service);
        var request = client.Sign("PUT", "/jobs/j1?namespaceId=n&a=b", "{}"u8.ToArray(), [new("x-amz-meta-colour", "red"), new("Content-Type", "application/json")]);
        Assert.True(authenticator.BeforeBody(request).IsOk);
        Gen.Select(Gen.Int[0, 3 + request.Headers.Count - 1], Gen.Int[0, 1000], Gen.Int[33, 126]).Sample((part, at, to) =>
        {
            string Change(string text) => text.Length == 0 ? "x" : text[..(at % text.Length)] + (char)to + text[(at % text.Length + 1)..];
            var changed = part switch
            {
                0 => request with { Method = Change(request.Method) },
                1 => request with { RawPath = Change(request.RawPath) },
                2 => request with { RawQuery = Change(request.RawQuery) },
                _ => request with { Headers = [.. request.Headers.Select((h, i) => i == part - 3 ? new(h.Key, Change(h.Value)) : h)] },
            };
            if (Same(changed, request))
                return true;
            var answer = authenticator.BeforeBody(changed);
            return service == "iot" && answer.IsOk ? authenticator.AfterBody(answer.Value, SigV4.Hash("{}"u8)) is { Status: 400 or 403 } : answer.Error is { Status: 400 or 403 };
        }, iter: 5000);
    }

    [Fact]
    public async Task A2_a_changed_body_is_refused()
    {
        using var iot = _server.Client("iot");
        var request = iot.Sign("POST", "/things/dev7", """{"thingTypeName":"a"}"""u8.ToArray());
        Expect(await Answer.Read(await iot.SendRequest(request, """{"thingTypeName":"b"}"""u8.ToArray())), 403, "InvalidSignatureException");
        var declared = iot.Sign("POST", "/things/dev7", "{}"u8.ToArray(), [new("x-amz-content-sha256", SigV4.Hash("{}"u8))]);
        Expect(await Answer.Read(await iot.SendRequest(declared, """{"thingTypeName":"b"}"""u8.ToArray())), 403, "InvalidSignatureException");
    }

    [Theory]
    [InlineData("iot", 5 * 60, true)]
    [InlineData("iot", 5 * 60 + 1, false)]
    [InlineData("iot", -5 * 60, true)]
    [InlineData("iot", -5 * 60 - 1, false)]
    [InlineData("s3", 15 * 60, true)]
    [InlineData("s3", 15 * 60 + 1, false)]
    [InlineData("s3", -15 * 60 - 1, false)]
    [InlineData("iot", 10 * 365 * 86400, false)]
    [InlineData("iot", -10 * 365 * 86400, false)]
    public async Task A3_a_stale_or_future_date_is_refused(string service, int lateSeconds, bool passes)
    {
        using var signer = new SignedClient(_server.Address, TestServer.Key, service, new FakeTimeProvider(FrozenServerFixture.Noon.AddSeconds(-lateSeconds)));
        var request = signer.Sign("GET", "/no-such-thing");
        var answer = await Answer.Read(await signer.SendRequest(request, null));
        if (passes)
            Assert.NotEqual(403, answer.Status);
        else if (service == "s3")
            ExpectXml(answer, 403, "RequestTimeTooSkewed");
        else
            Expect(answer, 403, "InvalidSignatureException");
        if (!passes && service == "iot")
            Assert.StartsWith(lateSeconds > 0 ? "Signature expired: " : "Signature not yet current: ", answer.Message, StringComparison.Ordinal);
        Assert.NotNull(answer.Headers.Date);
    }

    [Fact]
    public async Task A4_another_region_service_or_secret_is_refused()
    {
        using var iot = _server.Client("iot");
        var request = iot.Sign("GET", "/things");
        foreach (var (from, to) in ((string, string)[])[("/us-east-1/", "/eu-west-1/"), ("/iot/", "/signer/"), ("/iot/", "/s3/"), ("/iot/", "/execute-api/"), (TestServer.Key.Id, TestServer.OtherKey.Id)])
        {
            var answer = await Answer.Read(await iot.SendRequest(WithAuthorization(request, value => value.Replace(from, to, StringComparison.Ordinal)), null));
            Assert.True(answer.Status is 403 or 400, $"{from} → {to}: {answer.Status}");
        }

        using var wrong = _server.Client("iot", TestServer.Key with { Secret = TestServer.OtherKey.Secret });
        Expect(await wrong.Get("/things"), 403, "InvalidSignatureException");
        using var unknown = _server.Client("iot", TestServer.Key with { Id = "AKIANOBODYNOBODYNOBO" });
        Expect(await unknown.Get("/things"), 403, "UnrecognizedClientException");
        using var unknownS3 = _server.Client("s3", TestServer.Key with { Id = "AKIANOBODYNOBODYNOBO" });
        ExpectXml(await unknownS3.Get("/b/k"), 403, "InvalidAccessKeyId");
        using var unknownSts = _server.Client("sts", TestServer.Key with { Id = "AKIANOBODYNOBODYNOBO" });
        Assert.Contains("<Code>InvalidClientTokenId</Code>", (await unknownSts.Get("/?Action=GetCallerIdentity")).Text, StringComparison.Ordinal);
        using var strange = _server.Client("iot", region: "us:east");
        Expect(await strange.Get("/things"), 403, "InvalidSignatureException");
    }

    [Fact]
    public async Task A4_a_session_token_that_nobody_gave_out_is_refused()
    {
        using var iot = _server.Client("iot");
        Expect(await iot.Send("GET", "/things", null, [new("x-amz-security-token", "test")]), 403, "UnrecognizedClientException");
    }

    [Fact]
    public async Task A5_an_unsigned_amz_header_is_refused_on_every_kind_of_signature()
    {
        using var iot = _server.Client("iot");
        using var s3 = _server.Client("s3");
        foreach (var name in (string[])["x-amz-copy-source", "x-amz-acl", "x-amz-meta-x", "X-Amz-Tagging", "x-amz-website-redirect-location", "x-amz-mqtt5-user-properties"])
        {
            Expect(await Answer.Read(await iot.SendRequest(With(iot.Sign("GET", "/things"), name, "x"), null)), 403, "InvalidSignatureException");
            ExpectXml(await Answer.Read(await s3.SendRequest(With(s3.Sign("PUT", "/b/k"), name, "x"), [])), 403, "AccessDenied");
            ExpectXml(await Answer.Read(await s3.SendRequest(With(Presigned("PUT", "/b/k", 60), name, "x"), [])), 403, "AccessDenied");
        }
    }

    [Fact]
    public async Task A6_every_payload_mode_with_a_wrong_secret_is_refused()
    {
        using var s3 = _server.Client("s3");
        var wrong = new SigV4Signer(TestServer.Key.Id, "wrong", "us-east-1", "s3");
        foreach (var mode in (string[])[SigV4Payload.Unsigned, SigV4Payload.Streaming, SigV4Payload.StreamingTrailer, SigV4Payload.StreamingUnsignedTrailer, SigV4.Hash("x"u8)])
        {
            var request = wrong.Sign(new SigV4Request("PUT", "/b/k", "", [new("Host", _server.Address.Authority), new("x-amz-decoded-content-length", "1")]), mode, Time.GetUtcNow());
            ExpectXml(await Answer.Read(await s3.SendRequest(request, "x"u8.ToArray())), 403, "SignatureDoesNotMatch");
        }

        foreach (var mode in (string[])["STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "UNSIGNED", "", "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"])
        {
            var request = new SigV4Signer(TestServer.Key.Id, TestServer.Key.Secret, "us-east-1", "s3")
                .Sign(new SigV4Request("PUT", "/b/k", "", [new("Host", _server.Address.Authority)]), mode, Time.GetUtcNow());
            Assert.Equal(400, (await Answer.Read(await s3.SendRequest(request, "x"u8.ToArray()))).Status);
        }

        // Only S3 may leave its body unsigned.
        using var iot = _server.Client("iot");
        Expect(await iot.Send("POST", "/things/dev7", "{}"u8.ToArray(), [new("x-amz-content-sha256", SigV4Payload.Unsigned)]), 403, "InvalidSignatureException");
    }

    [Fact]
    public async Task A7_two_signatures_or_old_ones_are_refused()
    {
        using var s3 = _server.Client("s3");
        var presigned = Presigned("GET", "/b/k", 60);
        foreach (var query in (string[])[$"{presigned.RawQuery}&X-Amz-Expires=60", $"{presigned.RawQuery}&x-amz-credential=x", $"X-Amz-Signature=0&{presigned.RawQuery}", "X-Amz-Credential=x", "AWSAccessKeyId=AKIA&Expires=1&Signature=x"])
            Assert.InRange((await Answer.Read(await s3.SendRequest(presigned with { RawQuery = query }, null))).Status, 400, 403);
        var both = s3.Sign("GET", "/b/k") with { RawQuery = presigned.RawQuery };
        ExpectXml(await Answer.Read(await s3.SendRequest(both, null)), 400, "InvalidArgument");
        foreach (var old in (string[])["AWS AKIA:c2lnbmF0dXJl", "AWS4-ECDSA-P256-SHA256 Credential=x", "Bearer token", "Basic dXNlcjpwYXNz", "AWS4-HMAC-SHA256"])
            Assert.InRange((await Answer.Read(await s3.SendRequest(WithAuthorization(s3.Sign("GET", "/b/k"), _ => old), null))).Status, 400, 403);
    }

    [Fact]
    public async Task A8_a_presigned_url_is_good_for_its_method_path_and_time_alone()
    {
        using var s3 = _server.Client("s3");
        var good = Presigned("GET", "/b/k?versionId=1", 60);
        Assert.NotEqual(403, (await Answer.Read(await s3.SendRequest(good, null))).Status);
        ExpectXml(await Answer.Read(await s3.SendRequest(good with { Method = "PUT" }, [])), 403, "SignatureDoesNotMatch");
        ExpectXml(await Answer.Read(await s3.SendRequest(good with { RawPath = "/b/k2" }, null)), 403, "SignatureDoesNotMatch");
        ExpectXml(await Answer.Read(await s3.SendRequest(good with { RawPath = "/b//k" }, null)), 403, "SignatureDoesNotMatch");
        ExpectXml(await Answer.Read(await s3.SendRequest(good with { RawQuery = good.RawQuery.Replace("versionId=1", "versionId=2", StringComparison.Ordinal) }, null)), 403, "SignatureDoesNotMatch");
        ExpectXml(await Answer.Read(await s3.SendRequest(good with { RawQuery = good.RawQuery + "&response-content-type=text/html" }, null)), 403, "SignatureDoesNotMatch");
        foreach (var seconds in (string[])["0", "-1", "604801", "x", "1e3"])
        {
            var query = System.Text.RegularExpressions.Regex.Replace(good.RawQuery, "X-Amz-Expires=60", $"X-Amz-Expires={seconds}");
            ExpectXml(await Answer.Read(await s3.SendRequest(good with { RawQuery = query }, null)), 400, "AuthorizationQueryParametersError");
        }

        var last = Presigned("GET", "/b/k?versionId=1", 60, ageSeconds: 60);
        Assert.NotEqual(403, (await Answer.Read(await s3.SendRequest(last, null))).Status);
        var late = await Answer.Read(await s3.SendRequest(Presigned("GET", "/b/k?versionId=1", 60, ageSeconds: 61), null));
        ExpectXml(late, 403, "AccessDenied");
        Assert.Contains("<Message>Request has expired</Message>", late.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_key_costs_the_same_work_as_a_wrong_signature()
    {
        // Counted in allocations, which unlike time are the same on a busy machine: both ways derive, canonicalise and compare.
        var authenticator = _server.Get<SigV4Authenticator>();
        using var known = _server.Client("iot", TestServer.Key with { Secret = "wrong" });
        using var unknown = _server.Client("iot", TestServer.Key with { Id = "AKIANOBODYNOBODYNOBO" });
        var (a, b) = (Cost(known), Cost(unknown));
        Assert.InRange(b, a - 256, a + 256);

        long Cost(SignedClient client)
        {
            var request = client.Sign("GET", "/things", null, [new("x-amz-content-sha256", SigV4Payload.EmptyHash)]);
            for (var i = 0; i < 50; i++)
                authenticator.BeforeBody(request);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Equal(403, authenticator.BeforeBody(request).Error?.Status);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public async Task The_inner_key_signs_downloads()
    {
        var inner = _server.Get<AccessKeys>().Inner("000000000000");
        using var s3 = _server.Client("s3", new PresetAccessKey(inner.Id, inner.Secret, inner.Account));
        Assert.NotEqual(403, (await s3.Get("/b/k")).Status);
        using var guess = _server.Client("s3", new PresetAccessKey(inner.Id, "guess", inner.Account));
        ExpectXml(await guess.Get("/b/k"), 403, "SignatureDoesNotMatch");
    }

    private SigV4Request Presigned(string method, string path, int seconds, int ageSeconds = 0)
    {
        var parts = path.Split('?', 2);
        var request = new SigV4Request(method, parts[0], parts.Length > 1 ? parts[1] : "", [new("Host", _server.Address.Authority)]);
        return request with { RawQuery = new SigV4Signer(TestServer.Key.Id, TestServer.Key.Secret, "us-east-1", "s3").Presign(request, Time.GetUtcNow().AddSeconds(-ageSeconds), TimeSpan.FromSeconds(seconds)) };
    }

    private static SigV4Request With(SigV4Request request, string name, string value) => request with { Headers = [.. request.Headers, new(name, value)] };

    private static SigV4Request WithAuthorization(SigV4Request request, Func<string, string> change) =>
        request with { Headers = [.. request.Headers.Select(h => h.Key == "Authorization" ? new(h.Key, change(h.Value)) : h)] };

    /// <summary>Changes that mean the same: letter case in a hexadecimal signature, white space, an encoding that was redundant.</summary>
    private static bool Same(SigV4Request a, SigV4Request b) =>
        SigV4Canonical.Request(a, "s3", ["x"], "") == SigV4Canonical.Request(b, "s3", ["x"], "")
        && a.Headers.Zip(b.Headers).All(pair => SigV4Canonical.HeaderValue(pair.First.Value).Replace(" ", "", StringComparison.Ordinal)
            .Equals(SigV4Canonical.HeaderValue(pair.Second.Value).Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal));

    private static void Expect(Answer answer, int status, string exception)
    {
        Assert.True(answer.Status == status && answer.Exception == exception, string.Create(CultureInfo.InvariantCulture, $"{answer.Status} {answer.Exception} {answer.Text}"));
        Assert.DoesNotContain(TestServer.Key.Secret, answer.Text, StringComparison.Ordinal);
    }

    private static void ExpectXml(Answer answer, int status, string code)
    {
        Assert.True(answer.Status == status && answer.Text.Contains($"<Code>{code}</Code>", StringComparison.Ordinal), $"{answer.Status} {answer.Text}");
        Assert.NotEmpty(answer.Headers.GetValues("x-amz-request-id"));
    }

    private Task<long> Journal() => _server.Get<Database>().Read(s => s.First<long>("SELECT coalesce(max(seq), 0) FROM journal"), Ct);
}
