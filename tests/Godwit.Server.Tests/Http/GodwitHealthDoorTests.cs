using Godwit.Server.Tests.Iam;

namespace Godwit.Server.Tests.Http;

public sealed class GodwitHealthDoorTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task The_accounts_own_key_is_told_how_each_part_is()
    {
        using var client = fixture.Server.Client("iot");
        var health = (await client.Get("/godwit/health")).Json;
        Assert.Equal("UP", health.GetProperty("status").GetString());
        Assert.Equal(["database", "disk", "mqtt", "certificate"], health.GetProperty("components").EnumerateArray().Select(one => one.GetProperty("name").GetString()));
        Assert.All(health.GetProperty("components").EnumerateArray(), one => Assert.Equal("UP", one.GetProperty("status").GetString()));
    }

    [Theory]
    [InlineData("health", false)]
    [InlineData("health*", true)]
    public async Task A_user_is_told_the_state_and_the_parts_where_a_policy_allows_those_too(string path, bool inDetail)
    {
        using var client = fixture.Server.Client("iot", await fixture.Server.User(inDetail ? "looks-closely" : "looks", IamClient.Allow("godwit:Read", "arn:aws:godwit:us-east-1:000000000000:" + path)));
        var health = (await client.Get("/godwit/health")).Json;
        Assert.Equal("UP", health.GetProperty("status").GetString());
        Assert.Equal(inDetail, health.TryGetProperty("components", out _));
        Assert.Equal(403, (await client.Get("/godwit/fleet")).Status);
    }

    [Fact]
    public async Task Without_a_signature_nothing_is_told()
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(fixture.Server.Address, "/godwit/health"), TestContext.Current.CancellationToken);
        Assert.Equal(403, (int)answer.StatusCode);
    }
}
