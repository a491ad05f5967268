using Godwit.Core.Access;
using Godwit.Server.Access;
using Godwit.Server.Objects;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Objects;

public sealed class PresignedUrlsTests
{
    private static readonly FakeTimeProvider Time = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));

    [Theory]
    [InlineData("http://127.0.0.1:4566", "127.0.0.1:4566")]
    [InlineData("https://files.example", "files.example")]
    public async Task A_url_is_short_and_its_signature_is_of_the_host_alone(string downloadBase, string host)
    {
        await using var server = await TestServer.Start(Time);
        server.Endpoints.DownloadBase = downloadBase;
        var url = server.Get<PresignedUrls>().ForGet("000000000000", "eu-west-1", "firmware", "releases/1.2.0/app image.bin", "v1/+", TimeSpan.FromMinutes(30));

        Assert.StartsWith(downloadBase + "/firmware/releases/1.2.0/app%20image.bin?versionId=v1%2F%2B&X-Amz-Algorithm=AWS4-HMAC-SHA256&", url, StringComparison.Ordinal);
        Assert.Contains("X-Amz-Expires=1800&X-Amz-SignedHeaders=host&", url, StringComparison.Ordinal);
        Assert.True(url.Length < 500, url);
        Assert.DoesNotContain(url, c => c is '"' or '\\' or > '~' or <= ' ');
        Assert.Null(Verify(server, url, downloadBase, "GET", host));
        Assert.Equal("SignatureDoesNotMatch", Verify(server, url, downloadBase, "PUT", host));
        Assert.Equal("SignatureDoesNotMatch", Verify(server, url.Replace("v1", "v2", StringComparison.Ordinal), downloadBase, "GET", host));
        Assert.Equal("SignatureDoesNotMatch", Verify(server, url, downloadBase, "GET", "elsewhere.example"));
    }

    [Fact]
    public async Task A_url_lives_a_week_at_most()
    {
        await using var server = await TestServer.Start(Time);
        server.Endpoints.DownloadBase = "https://files.example";
        Assert.Throws<ArgumentOutOfRangeException>(
            () => server.Get<PresignedUrls>().ForPut("000000000000", "us-east-1", "firmware", "a", TimeSpan.FromDays(8)));
    }

    private static string? Verify(TestServer server, string url, string downloadBase, string method, string host)
    {
        var parts = url[downloadBase.Length..].Split('?');
        var request = new SigV4Request(method, parts[0], parts[1], [new("Host", host)]);
        var claim = SigV4Claim.Parse(request).Value;
        var key = server.Get<AccessKeys>().Find(claim.AccessKeyId)!;
        return SigV4.Verify(claim, request, null, SigV4.SigningKey(key.Secret, claim.Scope), Time.GetUtcNow())?.Code;
    }
}
