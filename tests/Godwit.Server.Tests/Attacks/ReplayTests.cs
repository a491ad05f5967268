using System.Text;
using Godwit.Core.Access;
using Godwit.Server.Storage;

namespace Godwit.Server.Tests.Attacks;

/// <summary>A9: the very same signed bytes, sent again, have no second effect.</summary>
public sealed class ReplayTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.Start();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("iot", "POST", "/things/dev7", "{}")]
    [InlineData("iot", "POST", "/thing-groups/fleet", "{}")]
    [InlineData("iot", "POST", "/policies/p1", """{"policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iot:*\",\"Resource\":\"*\"}]}"}""")]
    [InlineData("iot", "PUT", "/jobs/j1", """{"targets":["arn:aws:iot:us-east-1:000000000000:thing/target"],"document":"{}"}""")]
    [InlineData("iot", "DELETE", "/things/target", null)]
    [InlineData("iam", "POST", "/?Action=CreateRole&Version=2010-05-08&RoleName=r1&AssumeRolePolicyDocument=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%22%2A%22%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%7D", null)]
    public async Task A9_a_replayed_change_has_no_second_effect(string service, string method, string path, string? body)
    {
        using var iot = _server.Client("iot");
        Assert.Equal(200, (await iot.Send("POST", "/things/target", "{}")).Status);
        using var client = _server.Client(service);
        var bytes = body is null ? null : Encoding.UTF8.GetBytes(body);
        var signed = client.Sign(method, path, bytes, body is null ? [] : [new KeyValuePair<string, string>("Content-Type", "application/json")]);
        Assert.Equal(200, await Send(client, signed, bytes));
        var after = await Subjects();
        for (var i = 0; i < 20; i++)
            Assert.True(await Send(client, signed, bytes) is 200 or 404 or 409);
        Assert.Equal(after, await Subjects());
    }

    private static async Task<int> Send(SignedClient client, SigV4Request signed, byte[]? body)
    {
        using var answer = await client.SendRequest(signed, body);
        return (int)answer.StatusCode;
    }

    /// <summary>What people changed; a job's own progress goes on by itself.</summary>
    private Task<List<string>> Subjects() => _server.Get<Database>().Read(
        session => session.Query<string>("SELECT kind || ' ' || subject FROM journal WHERE who LIKE 'arn:aws:iam:%' ORDER BY seq"), TestContext.Current.CancellationToken);
}
