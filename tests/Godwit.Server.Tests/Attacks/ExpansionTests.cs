using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Godwit.Server.Tests.Iam;

namespace Godwit.Server.Tests.Attacks;

/// <summary>A19: small requests that would grow: compressed bodies, entities, nesting, members by the hundred thousand. Refused, in bounded time.</summary>
public sealed class ExpansionTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private readonly TestServer _server = fixture.Server;

    public static TheoryData<string> Bodies =>
    [
        string.Concat(Enumerable.Repeat("[", 400_000)),
        string.Concat(Enumerable.Repeat("{\"a\":", 150_000)),
        "{\"attributePayload\":{\"attributes\":" + string.Concat(Enumerable.Repeat("{\"a\":", 60)) + "1" + new string('}', 60) + "}}",
        "{" + string.Join(',', Enumerable.Range(0, 80_000).Select(i => $"\"m{i}\":1")) + "}",
        "{\"attributePayload\":{\"attributes\":{" + string.Join(',', Enumerable.Range(0, 60_000).Select(i => $"\"a{i}\":\"v\"")) + "}}}",
        "{\"thingTypeName\":\"" + new string('x', 900_000) + "\"}",
    ];

    [Theory]
    [MemberData(nameof(Bodies), DisableDiscoveryEnumeration = true)]
    public async Task A19_nesting_and_numbers_beyond_reason_are_refused_quickly(string body)
    {
        using var iot = _server.Client("iot");
        var watch = Stopwatch.StartNew();
        var answer = await iot.Send("POST", "/things/expand", body);
        Assert.True(answer.Status == 400 || (answer.Status == 200 && body.StartsWith("{\"m0\"", StringComparison.Ordinal)), $"{answer.Status} {answer.Text}");
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A19_a_compressed_body_is_not_unpacked()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            gzip.Write(new byte[50 << 20]);
        using var iot = _server.Client("iot");
        var answer = await iot.Send("POST", "/things/gz", packed.ToArray(), [new("Content-Encoding", "gzip"), new("Content-Type", "application/json")]);
        Assert.Equal(400, answer.Status);
    }

    [Theory]
    [InlineData("<!DOCTYPE d [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><Tagging><TagSet><Tag><Key>&b;</Key><Value>x</Value></Tag></TagSet></Tagging>")]
    [InlineData("<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Tagging><TagSet><Tag><Key>&x;</Key><Value>x</Value></Tag></TagSet></Tagging>")]
    [InlineData("<!DOCTYPE d SYSTEM \"http://127.0.0.1:1/d.dtd\"><CORSConfiguration/>")]
    public async Task A19_entities_and_document_types_are_refused(string xml)
    {
        using var s3 = _server.Client("s3");
        await s3.Send("PUT", "/expansion-bucket");
        foreach (var query in (string[])["tagging", "cors", "versioning", "publicAccessBlock", "delete"])
        {
            var answer = await s3.Send(query == "delete" ? "POST" : "PUT", $"/expansion-bucket?{query}", Encoding.UTF8.GetBytes(xml));
            Assert.True(answer.Status == 400 && answer.Text.Contains("MalformedXML", StringComparison.Ordinal), $"{query}: {answer.Status} {answer.Text}");
            Assert.DoesNotContain("root:", answer.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A19_policies_of_hostile_shape_are_refused()
    {
        foreach (var document in (string[])[string.Concat(Enumerable.Repeat("{\"a\":", 2000)), "{\"Version\":\"2012-10-17\",\"Statement\":" + string.Concat(Enumerable.Repeat("[", 5000)), new string('*', 100_000)])
        {
            var answer = await _server.Iam("CreateRole", ("RoleName", "r"), ("AssumeRolePolicyDocument", document));
            Assert.True(answer.Status is 400 or 409 && answer.Element("Code") is "MalformedPolicyDocument" or "LimitExceeded", answer.Text);
        }
    }
}
