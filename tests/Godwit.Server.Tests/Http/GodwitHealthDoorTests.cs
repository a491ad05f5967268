namespace Godwit.Server.Tests.Http;

public sealed class GodwitHealthDoorTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Whoever_may_sign_is_told_how_each_part_is()
    {
        using var client = fixture.Server.Client("iot");
        var health = (await client.Get("/godwit/health")).Json;
        Assert.Equal("UP", health.GetProperty("status").GetString());
        Assert.Equal(["database", "disk", "mqtt", "certificate"], health.GetProperty("components").EnumerateArray().Select(one => one.GetProperty("name").GetString()));
        Assert.All(health.GetProperty("components").EnumerateArray(), one => Assert.Equal("UP", one.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task Without_a_signature_nothing_is_told()
    {
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(fixture.Server.Address, "/godwit/health"), TestContext.Current.CancellationToken);
        Assert.Equal(403, (int)answer.StatusCode);
    }
}
