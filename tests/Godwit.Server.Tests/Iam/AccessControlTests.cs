using System.Text;

namespace Godwit.Server.Tests.Iam;

/// <summary>What users may do at each door, by their policies.</summary>
public sealed class AccessControlTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.Start();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Who_hands_over_a_role_needs_iam_PassRole_on_it()
    {
        var role = await _server.Role("ota", IamClient.Allow("*"));
        var key = await _server.User("ann", IamClient.Allow("iot:*"));
        using var client = _server.Client("iot", key);
        var refused = await client.Send("POST", "/otaUpdates/rel1", Update(role));
        Assert.Equal((403, "AccessDeniedException"), (refused.Status, refused.Exception));
        Assert.Equal(
            $"User: arn:aws:iam::000000000000:user/ann is not authorized to perform: iam:PassRole on resource: {role} because no identity-based policy allows the iam:PassRole action",
            refused.Message);
        var passes =
            """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"iot.amazonaws.com"}}}]}""";
        Assert.Equal(200, (await _server.Iam("PutUserPolicy", ("UserName", "ann"), ("PolicyName", "pass"), ("PolicyDocument", passes))).Status);
// Past the permission, the target is looked for.
        Assert.Contains("thing/dev7", (await client.Send("POST", "/otaUpdates/rel1", Update(role))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/things/dev7", "iot:DescribeThing", "arn:aws:iot:us-east-1:000000000000:thing/dev7")]
    [InlineData("GET", "/things", "iot:ListThings", "*")]
    [InlineData("POST", "/thing-groups/fleet", "iot:CreateThingGroup", "arn:aws:iot:us-east-1:000000000000:thinggroup/fleet")]
    [InlineData("GET", "/jobs/j1", "iot:DescribeJob", "arn:aws:iot:us-east-1:000000000000:job/j1")]
    [InlineData("GET", "/streams/s1", "iot:DescribeStream", "arn:aws:iot:us-east-1:000000000000:stream/s1")]
    [InlineData("GET", "/otaUpdates/u1", "iot:GetOTAUpdate", "arn:aws:iot:us-east-1:000000000000:otaupdate/u1")]
    [InlineData("GET", "/policies/p1", "iot:GetPolicy", "arn:aws:iot:us-east-1:000000000000:policy/p1")]
    [InlineData("POST", "/keys-and-certificate", "iot:CreateKeysAndCertificate", "*")]
    public async Task Each_operation_asks_for_its_own_action_on_its_own_resource(string method, string path, string action, string resource)
    {
        var key = await _server.User("ann", null);
        using var client = _server.Client("iot", key);
        var refused = await client.Send(method, path, method == "POST" ? "{}"u8.ToArray() : null);
        Assert.Contains($"is not authorized to perform: {action} on resource: {resource} because", refused.Message, StringComparison.Ordinal);

        Assert.Equal(200, (await _server.Iam("PutUserPolicy", ("UserName", "ann"), ("PolicyName", "p"), ("PolicyDocument", IamClient.Allow(action, resource)))).Status);
        Assert.NotEqual(403, (await client.Send(method, path, method == "POST" ? "{}"u8.ToArray() : null)).Status);
    }

    [Fact]
    public async Task Targets_of_a_job_are_asked_for_like_the_job()
    {
        var key = await _server.User("ann", IamClient.Allow("iot:CreateJob", "arn:aws:iot:us-east-1:000000000000:job/*"));
        using var client = _server.Client("iot", key);
        var refused = await client.Send("PUT", "/jobs/j1", """{"targets":["arn:aws:iot:us-east-1:000000000000:thing/dev7"],"document":"{}"}""");
        Assert.Contains("iot:CreateJob on resource: arn:aws:iot:us-east-1:000000000000:thing/dev7", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S3_asks_for_the_bucket_or_the_object()
    {
        using var root = _server.Client("s3");
        Assert.Equal(200, (await root.Send("PUT", "/images")).Status);
        Assert.Equal(200, (await root.Send("PUT", "/images/open/a", Encoding.UTF8.GetBytes("a"))).Status);
        Assert.Equal(200, (await root.Send("PUT", "/images/shut/b", Encoding.UTF8.GetBytes("b"))).Status);
        var key = await _server.User("ann", IamClient.Allow("s3:GetObject", "arn:aws:s3:::images/open/*"));
        using var client = _server.Client("s3", key);
        Assert.Equal(200, (await client.Get("/images/open/a")).Status);
        var refused = await client.Get("/images/shut/b");
        Assert.Equal((403, "AccessDenied"), (refused.Status, refused.Element("Code")));
        Assert.Contains("s3:GetObject on resource: \"arn:aws:s3:::images/shut/b\" because", refused.Text, StringComparison.Ordinal);
        Assert.Equal(403, (await client.Get("/images?list-type=2")).Status);
        Assert.Equal(403, (await client.Get("/")).Status);
        Assert.Equal(403, (await client.Send("DELETE", "/images/open/a")).Status);
        Assert.Equal(403, (await client.Send("PUT", "/images/open/c", null, [new("x-amz-copy-source", "/images/shut/b")])).Status);
    }

    [Theory]
    [InlineData("iot:*", true)]
    [InlineData("iot:Connect", false)]
    [InlineData("s3:*", false)]
    public async Task A_signed_WebSocket_is_for_whom_all_messages_are_allowed(string action, bool opens)
    {
        var key = await _server.User("ann", IamClient.Allow(action));
        var host = $"127.0.0.1:{_server.Endpoints.ApiPort}";
        var query = new Godwit.Core.Access.SigV4Signer(key.Id, key.Secret, "us-east-1", "iotdevicegateway").Presign(
            new Godwit.Core.Access.SigV4Request("GET", "/mqtt", "", [new("Host", host)]), _server.Time.GetUtcNow(), TimeSpan.FromMinutes(1));
        using var socket = new System.Net.WebSockets.ClientWebSocket();
        socket.Options.AddSubProtocol("mqtt");
        var connect = socket.ConnectAsync(new Uri($"ws://{host}/mqtt?{query}"), TestContext.Current.CancellationToken);
        if (opens)
            await connect;
        else
            await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() => connect);
    }

    [Fact]
    public async Task Permissive_lets_everybody_do_everything()
    {
        var key = await _server.User("ann", null);
        await _server.Role("other");
        await _server.Restart(options => options with { Access = Godwit.Server.Iam.AccessMode.Permissive });
        using var client = _server.Client("iot", key);
        Assert.Equal(200, (await client.Get("/things")).Status);
        Assert.Equal(404, (await client.Send("POST", "/otaUpdates/rel1", Update("arn:aws:iam::000000000000:role/none"))).Status);
    }

    private static string Update(string role) =>
        $$"""{"targets":["arn:aws:iot:us-east-1:000000000000:thing/dev7"],"roleArn":"{{role}}","files":[{"fileName":"a","fileLocation":{"s3Location":{"bucket":"b","key":"k"} },"codeSigning":{"customCodeSigning":{"signature":{"inlineDocument":"AAAA"},"certificateChain":{"certificateName":"c"},"hashAlgorithm":"SHA256","signatureAlgorithm":"ECDSA"} } }]}""";
}
