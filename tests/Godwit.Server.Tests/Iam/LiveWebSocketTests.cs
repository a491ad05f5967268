using System.Net.WebSockets;
using Godwit.Core.Access;
using Godwit.Mqtt.Packets;
using Godwit.Mqtt.Tests.Harness;

namespace Godwit.Server.Tests.Iam;

/// <summary>A signed WebSocket lives for a day, but not longer than the key and the rights that opened it.</summary>
public sealed class LiveWebSocketTests : IAsyncLifetime
{
    private const string AccountTrust =
        """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"sts:AssumeRole"}]}""";

    private TestServer _server = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await TestServer.Start();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("UpdateAccessKey")]
    [InlineData("DeleteAccessKey")]
    [InlineData("DeleteUserPolicy")]
    [InlineData("PutUserPolicy")]
    public async Task What_is_taken_from_a_user_ends_its_connections_and_no_others(string change)
    {
        var (ann, ben) = (await _server.User("ann", IamClient.Allow("iot:*")), await _server.User("ben", IamClient.Allow("iot:*")));
        await using var hers = await Connect(ann, "hers");
        await using var waiting = await Open(ann);
        await using var his = await Connect(ben, "his");

        await Allowed(change switch
        {
            "UpdateAccessKey" => _server.Iam(change, ("UserName", "ann"), ("AccessKeyId", ann.Id), ("Status", "Inactive")),
            "DeleteAccessKey" => _server.Iam(change, ("UserName", "ann"), ("AccessKeyId", ann.Id)),
            "DeleteUserPolicy" => _server.Iam(change, ("UserName", "ann"), ("PolicyName", "p")),
            _ => _server.Iam(change, ("UserName", "ann"), ("PolicyName", "p"), ("PolicyDocument", IamClient.Allow("iot:Connect"))),
        });

        await hers.ExpectDisconnect(ReasonCode.NotAuthorized);
        // One that was opened before and says CONNECT only now gets in no more.
        Assert.Equal((byte)ReasonCode.NotAuthorized, (await waiting.Connect("late")).Code);
        await his.Ping();
    }

    [Fact]
    public async Task What_is_taken_from_a_role_ends_the_connections_of_its_sessions()
    {
        await Allowed(_server.Iam("CreateRole", ("RoleName", "ops"), ("AssumeRolePolicyDocument", AccountTrust)));
        await Allowed(_server.Iam("PutRolePolicy", ("RoleName", "ops"), ("PolicyName", "p"), ("PolicyDocument", IamClient.Allow("iot:*"))));
        var assumed = await _server.Sts(TestServer.Key, null, "AssumeRole", ("RoleArn", "arn:aws:iam::000000000000:role/ops"), ("RoleSessionName", "s1"));
        var (key, token) = assumed.Credentials();
        await using var session = await Connect(key, "session", token);
        await using var root = await Connect(TestServer.Key, "root");

        await Allowed(_server.Iam("PutRolePolicy", ("RoleName", "ops"), ("PolicyName", "q"), ("PolicyDocument", IamClient.Allow("s3:*"))));
        await session.Ping();
        await Allowed(_server.Iam("DeleteRolePolicy", ("RoleName", "ops"), ("PolicyName", "p")));

        await session.ExpectDisconnect(ReasonCode.NotAuthorized);
        await root.Ping();
    }

    private static async Task Allowed(Task<Answer> call) => Assert.Equal(200, (await call).Status);

    private async Task<RawClient> Connect(PresetAccessKey key, string clientId, string? token = null)
    {
        var client = await Open(key, token);
        Assert.Equal(0, (await client.Connect(clientId)).Code);
        return client;
    }

    private async Task<RawClient> Open(PresetAccessKey key, string? token = null)
    {
        var host = $"127.0.0.1:{_server.Endpoints.ApiPort}";
        var query = new SigV4Signer(key.Id, key.Secret, "us-east-1", "iotdevicegateway").Presign(
            new SigV4Request("GET", "/mqtt", "", [new("Host", host)]), _server.Time.GetUtcNow(), TimeSpan.FromMinutes(1));
        if (token is not null)
            query += $"&X-Amz-Security-Token={Uri.EscapeDataString(token)}";
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("mqtt");
        await socket.ConnectAsync(new Uri($"ws://{host}/mqtt?{query}"), Ct);
        return RawClient.On(WebSocketStream.Create(socket, WebSocketMessageType.Binary, ownsWebSocket: true), ProtocolLevel.V5);
    }
}
