using CsCheck;
using Godwit.Core.Access;

namespace Godwit.Core.Tests.Access;

public class SigV4ClaimTests
{
    private const string Secret = "a-secret";
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Body = "{}"u8.ToArray();

    [Theory]
    [InlineData("iot", 5)]
    [InlineData("s3", 15)]
    public void A_signature_is_good_for_its_skew_and_no_second_longer(string service, int minutes)
    {
        var sent = Signed(service);
        Assert.Null(Check(sent, Now.AddMinutes(minutes)));
        Assert.Null(Check(sent, Now.AddMinutes(-minutes)));
        var code = service == "s3" ? "RequestTimeTooSkewed" : "InvalidSignatureException";
        Assert.Equal(code, Check(sent, Now.AddMinutes(minutes).AddSeconds(1))?.Code);
        Assert.Equal(code, Check(sent, Now.AddMinutes(-minutes).AddSeconds(-1))?.Code);
    }

    [Fact]
    public void A_late_signature_says_when_it_was_good()
    {
        var refused = Check(Signed("iot"), Now.AddMinutes(10));
        Assert.Equal("Signature expired: 20261123T120000Z is now earlier than 20261123T120500Z (20261123T121000Z - 5 min.)", refused?.Message);
    }

    [Theory]
    [InlineData("iot", "InvalidSignatureException")]
    [InlineData("s3", "AccessDenied")]
    public void An_unsigned_amz_header_added_on_the_way_is_refused(string service, string code)
    {
        var header = With(Signed(service), "X-Amz-Copy-Source", "/other/secret");
        var presigned = With(Presigned(service), "X-Amz-Copy-Source", "/other/secret");

        Assert.Equal(code, Check(header, Now)?.Code);
        Assert.Equal(code, Check(presigned, Now)?.Code);
    }

    [Fact]
    public void A_signature_that_leaves_Host_out_is_refused()
    {
        var request = Signed("iot");
        var cheat = Replace(request, "Authorization", value => value.Replace("SignedHeaders=host;", "SignedHeaders="));
        Assert.Contains("'host'", Check(cheat, Now)?.Message);
    }

    [Theory]
    [InlineData("X-Amz-Signature")]
    [InlineData("x-amz-signature")]
    [InlineData("X-AMZ-CREDENTIAL")]
    [InlineData("X-Amz-Expire%73")]
    public void An_auth_parameter_given_twice_in_any_spelling_is_refused(string name)
    {
        var sent = Presigned("s3");
        var refused = Check(sent with { RawQuery = $"{sent.RawQuery}&{name}=1" }, Now);
        Assert.Equal(("AuthorizationQueryParametersError", 400), (refused?.Code, refused?.Status));
    }

    [Fact]
    public void Header_and_query_authentication_together_are_refused()
    {
        var sent = Signed("s3") with { RawQuery = Presigned("s3").RawQuery };
        Assert.Equal(("InvalidArgument", 400), (Check(sent, Now)?.Code, Check(sent, Now)?.Status));
    }

    [Theory]
    [InlineData("AWS AKID:c2lnbmF0dXJl", "Signature Version 2")]
    [InlineData("AWS4-ECDSA-P256-SHA256 Credential=AKID/20261123/iot/aws4_request, SignedHeaders=host, Signature=00", "Signature Version 4a")]
    [InlineData("Bearer abc", "'Bearer'")]
    public void Other_schemes_are_refused_by_name(string authorization, string name)
    {
        var refused = Check(Request("GET", "/", "", ("Host", "h"), ("Authorization", authorization)), Now);
        Assert.Contains(name, refused?.Message);
    }

    [Theory]
    [InlineData("0", "at least 1")]
    [InlineData("-1", "at least 1")]
    [InlineData("604801", "less than a week")]
    [InlineData("1.5", "should be a number")]
    [InlineData("99999999999999999999", "should be a number")]
    public void A_presigned_lifetime_outside_one_second_to_a_week_is_refused(string expires, string text)
    {
        var sent = Presigned("s3");
        var refused = Check(sent with { RawQuery = sent.RawQuery.Replace("Expires=600", $"Expires={expires}") }, Now);
        Assert.Contains(text, refused?.Message);
    }

    [Fact]
    public void A_key_id_may_hold_slashes()
    {
        var parsed = SigV4Scope.ParseCredential("team/a/key/20261123/us-east-1/iot/aws4_request");
        Assert.Equal(("team/a/key", new SigV4Scope("20261123", "us-east-1", "iot")), parsed);
    }

    [Fact]
    public void The_scope_must_be_of_the_signed_day()
    {
        var sent = Replace(Signed("iot"), "Authorization", value => value.Replace("/20261123/", "/20261122/"));
        Assert.Contains("'20261122' != '20261123'", Check(sent, Now)?.Message);
    }

    [Fact]
    public void A_repeated_header_is_joined_with_commas_and_spaces_collapse()
    {
        var spread = Request("GET", "/", "", ("Host", "h"), ("x-amz-meta-a", "  one   two "), ("X-Amz-Meta-A", "three"));
        Assert.Contains("x-amz-meta-a:one two,three\n", SigV4Canonical.Request(spread, "s3", ["host", "x-amz-meta-a"], "-"));
    }

    [Theory]
    [InlineData("/things/a/../b//./c/", "/things/b/c/")]
    [InlineData("/topics/a%2Fb", "/topics/a%252Fb")]
    [InlineData("/things/x/jobs/$next", "/things/x/jobs/%24next")]
    [InlineData("/..", "/")]
    [InlineData("", "/")]
    public void Other_services_normalise_the_path_and_encode_it_twice(string raw, string canonical) =>
        Assert.Equal(canonical, SigV4Canonical.Path(raw));

    [Theory]
    [InlineData("/bucket/a//b/../c", "/bucket/a//b/../c")]
    [InlineData("/bucket/a%2fb%7e", "/bucket/a%2Fb~")]
    [InlineData("/bucket/(1) é", "/bucket/%281%29%20%C3%A9")]
    public void S3_encodes_the_path_once_and_never_normalises(string raw, string canonical) =>
        Assert.Equal(canonical, SigV4Canonical.S3Path(raw));

    [Theory]
    [InlineData("b=2&a=1&a=0&c", "a=0&a=1&b=2&c=")]
    [InlineData("a=x+y", "a=x%2By")]
    [InlineData("a-b=1&a=2&%41=3", "A=3&a=2&a-b=1")]
    [InlineData("k=%e2%82%ac&k=~", "k=%E2%82%AC&k=~")]
    [InlineData("a=b=c", "a=b%3Dc")]
    public void The_query_is_encoded_first_and_sorted_afterwards(string raw, string canonical) => Assert.Equal(canonical, SigV4Canonical.Query(raw));

    [Fact]
    public void The_token_of_a_WebSocket_URL_stands_outside_its_signature()
    {
        var sent = Presigned("iotdevicegateway");
        var sent2 = sent with { RawQuery = sent.RawQuery + "&X-Amz-Security-Token=tok" };
        Assert.Null(Check(sent2, Now));
        Assert.Equal("tok", SigV4Claim.Parse(sent2).Value.SecurityToken);
    }

    [Fact]
    public void A_declared_hash_must_be_that_of_the_body()
    {
        var sent = Signed("s3");
        var claim = SigV4Claim.Parse(sent).Value;
        var refused = SigV4.Verify(claim, sent, SigV4.Hash("{} "u8), SigV4.SigningKey(Secret, claim.Scope), Now);
        Assert.Equal("XAmzContentSHA256Mismatch", refused?.Code);
    }

    [Fact]
    public void Any_signed_request_verifies_however_it_is_written() =>
        Gen.Select(Gen.OneOf("s3", "iot", "iotdata"), GenText, Gen.Select(GenText, GenText).Array[0, 4], Gen.Select(GenText, GenText).Array[0, 3])
            .Sample((service, path, query, headers) =>
            {
                var request = Request("PUT", $"/{SigV4Canonical.Encode(path, true)}",
                    string.Join('&', query.Select(q => $"{SigV4Canonical.Encode(q.Item1, false)}={SigV4Canonical.Encode(q.Item2, false)}")),
                    [("Host", "h:1"), .. headers.Select(h => ($"x-amz-meta-{SigV4Canonical.Encode(h.Item1, false).Replace("%", "")}", h.Item2.Trim()))]);
                var sent = Signer(service).Sign(request, SigV4.Hash(Body), Now);
                Assert.Null(Check(sent, Now));
                // Another spelling on the way (a proxy re-encodes, reorders the query, folds spaces) is the same request.
                var respelled = sent with
                {
                    RawQuery = string.Join('&', sent.RawQuery.Split('&').Reverse()).Replace("%2A", "%2a"),
                    Headers = [.. sent.Headers.Select(line => KeyValuePair.Create(line.Key.ToUpperInvariant(), $"  {line.Value} "))],
                };
                if (!respelled.Headers.Any(line => line.Key == "AUTHORIZATION" && line.Value.StartsWith(' ')))
                    Assert.Null(Check(respelled, Now));
            });

    [Fact]
    public void Any_changed_byte_is_refused() =>
        Gen.Select(Gen.OneOf("s3", "iot"), Gen.Bool, Gen.Int[0, 3], Gen.Int[0, 10_000], Gen.Int[1, 94])
            .Sample((service, presigned, part, at, by) =>
            {
                var sent = presigned ? Presigned(service) : Signed(service);
                var changed = part switch
                {
                    0 => sent with { Method = Change(sent.Method, at, by) },
                    1 => sent with { RawPath = Change(sent.RawPath, at, by) },
                    2 when sent.RawQuery.Length > 0 => sent with { RawQuery = Change(sent.RawQuery, at, by) },
                    _ => Replace(sent, sent.Headers[at % sent.Headers.Count].Key, value => Change(value, at / 7, by)),
                };
                if (SameMeaning(sent, changed))
                    return;
                Assert.NotNull(Check(changed, Now));
            }, iter: 20_000);

    [Fact]
    public void Any_bytes_are_answered_and_never_thrown_at() =>
        Gen.Select(Gen.String[0, 200], Gen.String[0, 200]).Sample((authorization, query) =>
        {
            var request = Request("GET", "/", query, ("Host", "h"), ("Authorization", "AWS4-HMAC-SHA256 " + authorization));
            Assert.NotNull(SigV4Claim.Parse(request).Error);
            SigV4Canonical.Query(query);
            SigV4Canonical.Path("/" + query);
            SigV4Canonical.S3Path("/" + authorization);
        });

    private static readonly Gen<string> GenText = Gen.OneOf(Gen.Char.AlphaNumeric, Gen.OneOf(' ', '/', '+', '*', '%', '~', 'é', '=', '&', '"')).Array[1, 12]
        .Select(chars => new string(chars));

    /// <summary>Spaces around commas and in header values, and empty query parts, mean nothing: a change there is no change.</summary>
    private static bool SameMeaning(SigV4Request a, SigV4Request b)
    {
        static string Text(SigV4Request r) => string.Join('\n', r.Method, SigV4Canonical.S3Path(r.RawPath), SigV4Canonical.Path(r.RawPath), SigV4Canonical.Query(r.RawQuery),
            string.Join('\n', r.Headers.Select(line => $"{line.Key}:{SigV4Canonical.HeaderValue(line.Value)}")));
        return Text(a) == Text(b);
    }

    private static string Change(string text, int at, int by)
    {
        var i = at % text.Length;
        var other = (char)(' ' + ((text[i] - ' ' + by) % 95));
        return other == text[i] ? text + "x" : $"{text[..i]}{other}{text[(i + 1)..]}";
    }

    private static SigV4Signer Signer(string service) => new("AKID", Secret, "us-east-1", service);

    private static SigV4Request Signed(string service) =>
        Signer(service).Sign(Request("PUT", "/things/dev7", "a=1&b=2", ("Host", "localhost:4566")), SigV4.Hash(Body), Now);

    private static SigV4Request Presigned(string service)
    {
        var request = Request("GET", "/bucket/key.bin", "versionId=v1", ("Host", "localhost:4566"));
        return request with { RawQuery = Signer(service).Presign(request, Now, TimeSpan.FromSeconds(600)) };
    }

    private static SigV4Request With(SigV4Request request, string name, string value) =>
        request with { Headers = [.. request.Headers, KeyValuePair.Create(name, value)] };

    private static SigV4Request Replace(SigV4Request request, string name, Func<string, string> change) =>
        request with { Headers = [.. request.Headers.Select(line => line.Key == name ? KeyValuePair.Create(name, change(line.Value)) : line)] };

    private static SigV4Request Request(string method, string path, string query, params (string Name, string Value)[] headers) =>
        new(method, path, query, [.. headers.Select(line => KeyValuePair.Create(line.Name, line.Value))]);

    private static ServiceError? Check(SigV4Request request, DateTimeOffset now)
    {
        var parsed = SigV4Claim.Parse(request);
        if (!parsed.IsOk)
            return parsed.Error;
        if (parsed.Value.AccessKeyId != "AKID")
            return SigV4Errors.UnknownKey(parsed.Value.Scope.Service);
        var bodyHash = parsed.Value.IsPresigned ? SigV4Payload.EmptyHash : SigV4.Hash(Body);
        return SigV4.Verify(parsed.Value, request, bodyHash, SigV4.SigningKey(Secret, parsed.Value.Scope), now);
    }
}
