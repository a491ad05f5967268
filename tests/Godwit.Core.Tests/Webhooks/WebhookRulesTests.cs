using System.Net;
using System.Security.Cryptography;
using System.Text;
using Godwit.Core.Webhooks;

namespace Godwit.Core.Tests.Webhooks;

public sealed class WebhookRulesTests
{
    private static readonly DateTimeOffset Now = new(2030, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("otaupdate/rel42", null, "CREATE_PENDING", null, null, "update")]
    [InlineData("otaupdate/rel42", "CREATE_IN_PROGRESS", "CREATE_COMPLETE", null, "AFR_OTA-rel42", "update")]
    [InlineData("job/a", "IN_PROGRESS", "COMPLETED", null, "a", "job")]
    [InlineData("job/a", "IN_PROGRESS", "IN_PROGRESS", null, "a", "job")]
    [InlineData("job/a/thing/t/1", "QUEUED", "IN_PROGRESS", "t", "a", "execution")]
    [InlineData("job/a/thing/t/1", "IN_PROGRESS", "IN_PROGRESS", "t", "a", null)]
    [InlineData("thing/t", null, "1", "t", null, null)]
    [InlineData("access-key/x", null, "Active", null, null, null)]
    public void A_record_is_of_the_kind_that_its_subject_says(string subject, string? from, string? to, string? thing, string? job, string? kind) =>
        Assert.Equal(kind, ChangeKind.Of(subject, from, to, thing, job));

    [Fact]
    public void Retries_come_later_and_later_and_end_after_three_days()
    {
        var delays = Enumerable.Range(1, 8).Select(failures => (WebhookRetry.Next(failures, Now, Now) - Now)!.Value).ToList();
        Assert.Equal(TimeSpan.FromSeconds(5), delays[0]);
        Assert.Equal(delays.Order(), delays);
        Assert.Equal(TimeSpan.FromHours(1), delays[^1]);
        Assert.NotNull(WebhookRetry.Next(80, Now.AddHours(-71), Now));
        Assert.Null(WebhookRetry.Next(81, Now.AddHours(-72), Now));
    }

    [Fact]
    public void The_signature_covers_time_and_body()
    {
        var body = "{}"u8.ToArray();
        var expected = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes("secret"), Encoding.UTF8.GetBytes($"{Now.ToUnixTimeSeconds()}.{{}}")));
        Assert.Equal($"t={Now.ToUnixTimeSeconds()},v1={expected}", WebhookSignature.Of("secret", Now, body));
        Assert.NotEqual(WebhookSignature.Of("secret", Now, body), WebhookSignature.Of("secret", Now.AddSeconds(1), body));
        Assert.NotEqual(WebhookSignature.Of("secret", Now, body), WebhookSignature.Of("secret", Now, [.. body, 0]));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.8.9.1")]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("100.100.100.200")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("192.168.1.1")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::1")]
    [InlineData("::")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("fe80::1")]
    [InlineData("fd00:ec2::254")]
    public void Addresses_that_are_not_public_are_refused_unless_they_are_named(string address)
    {
        var ip = IPAddress.Parse(address);
        Assert.False(new WebhookTarget([]).Allows("hooks.example", ip));
        Assert.True(new WebhookTarget(["hooks.example"]).Allows("hooks.example", ip));
        Assert.True(new WebhookTarget([(ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip).ToString()]).Allows("hooks.example", ip));
        var host = ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : address;
        Assert.NotNull(new WebhookTarget([]).Refuse($"https://{host}/hook"));
    }

    [Theory]
    [InlineData("203.0.113.9")]
    [InlineData("8.8.8.8")]
    [InlineData("2001:db8::1")]
    public void Public_addresses_are_allowed(string address) => Assert.True(new WebhookTarget([]).Allows("hooks.example", IPAddress.Parse(address)));

    [Theory]
    [InlineData("https://hooks.example/a?b=c", true)]
    [InlineData("http://hooks.example/", false)]
    [InlineData("http://named.example/", true)]
    [InlineData("https://user:pass@hooks.example/", false)]
    [InlineData("https://hooks.example/#x", false)]
    [InlineData("ftp://hooks.example/", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("hooks.example", false)]
    [InlineData("", false)]
    [InlineData("https://2130706433/", false)]
    [InlineData("https://0x7f.1/", false)]
    public void Only_plain_web_addresses_can_be_targets(string url, bool allowed) => Assert.Equal(allowed, new WebhookTarget(["named.example"]).Refuse(url) is null);

    [Fact]
    public void A_network_can_be_allowed()
    {
        var target = new WebhookTarget(["10.1.0.0/16"]);
        Assert.True(target.Allows("x", IPAddress.Parse("10.1.255.1")));
        Assert.False(target.Allows("x", IPAddress.Parse("10.2.0.1")));
    }
}
