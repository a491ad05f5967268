using System.Text;
using Godwit.Server.Tests.Iam;

namespace Godwit.Server.Tests.Objects;

/// <summary>A bucket's own policy decides who may use it: in its account, from other accounts, and without a signature.</summary>
public sealed class BucketPolicyTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private SignedClient _owner = null!, _other = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.Start();
        (_owner, _other) = (_server.Client("s3"), _server.Client("s3", TestServer.OtherKey));
        await Ok(_owner, "PUT", "/firmware");
        await Ok(_owner, "PUT", "/firmware/app.bin", "image");
    }

    public async ValueTask DisposeAsync()
    {
        _owner.Dispose();
        _other.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_policy_lets_a_user_in_whom_nothing_else_does_and_only_there()
    {
        using var user = _server.Client("s3", await _server.User("ci", null));
        Assert.Equal(403, (await user.Send("GET", "/firmware/app.bin")).Status);
        await SetPolicy(Statement("Allow", """{"AWS":"arn:aws:iam::000000000000:user/ci"}""", "s3:GetObject", "firmware/*"));
        Assert.Equal("image", (await user.Send("GET", "/firmware/app.bin")).Text);
        Assert.Equal(403, (await user.Send("PUT", "/firmware/app.bin", "x"u8.ToArray())).Status);
        Assert.Equal(204, (await _owner.Send("DELETE", "/firmware?policy")).Status);
        Assert.Equal(403, (await user.Send("GET", "/firmware/app.bin")).Status);
    }

    [Fact]
    public async Task The_account_named_as_a_whole_still_has_to_allow_its_own_people()
    {
        using var user = _server.Client("s3", await _server.User("ci", null));
        await SetPolicy(Statement("Allow", """{"AWS":"arn:aws:iam::000000000000:root"}""", "s3:*", "firmware/*"));
        Assert.Equal(403, (await user.Send("GET", "/firmware/app.bin")).Status);
    }

    [Fact]
    public async Task A_deny_wins_over_everything_but_the_roots_way_back()
    {
        await SetPolicy(Statement("Deny", "\"*\"", "s3:*", "firmware", "firmware/*"));
        var denied = await _owner.Send("GET", "/firmware/app.bin");
        Assert.Equal(403, denied.Status);
        Assert.Contains("with an explicit deny in a resource-based policy", denied.Text, StringComparison.Ordinal);
        Assert.Equal(403, (await _owner.Send("GET", "/firmware?list-type=2")).Status);
        Assert.Equal(200, (await _owner.Send("GET", "/firmware?policy")).Status);
        Assert.Equal(204, (await _owner.Send("DELETE", "/firmware?policy")).Status);
        Assert.Equal(200, (await _owner.Send("GET", "/firmware/app.bin")).Status);
    }

    [Fact]
    public async Task A_policy_holds_after_a_restart_and_goes_with_its_bucket()
    {
        await Ok(_owner, "PUT", "/gone");
        await SetPolicy(Statement("Deny", "\"*\"", "s3:GetObject", "firmware/*"));
        Assert.Equal(204, (await _owner.Send("PUT", "/gone?policy", Encoding.UTF8.GetBytes($$"""{"Version":"2012-10-17","Statement":[{{Statement("Allow", "\"*\"", "s3:*", "gone", "gone/*")}}]}"""))).Status);
        Assert.Equal(204, (await _owner.Send("DELETE", "/gone")).Status);
        await _server.Restart();
        using var owner = _server.Client("s3");
        using var other = _server.Client("s3", TestServer.OtherKey);
        Assert.Equal(403, (await owner.Send("GET", "/firmware/app.bin")).Status);
        await Ok(owner, "PUT", "/gone");
        Assert.Equal(403, (await other.Send("GET", "/gone?list-type=2")).Status);
    }

    [Fact]
    public async Task The_usual_fence_against_plain_HTTP_does_not_lock_out_the_same_machine()
    {
        await SetPolicy("""{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::firmware","arn:aws:s3:::firmware/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}""");
        Assert.Equal(200, (await _owner.Send("GET", "/firmware/app.bin")).Status);
    }

    [Fact]
    public async Task Another_account_needs_the_buckets_leave_and_acts_in_the_buckets_account()
    {
        Assert.Equal(403, (await _other.Send("GET", "/firmware/app.bin")).Status);
        await SetPolicy(Statement("Allow", """{"AWS":"123456789012"}""", "s3:GetObject\",\"s3:PutObject\",\"s3:ListBucket", "firmware", "firmware/*"));
        Assert.Equal("image", (await _other.Send("GET", "/firmware/app.bin")).Text);
        await Ok(_other, "PUT", "/firmware/built.bin", "theirs");
        Assert.Equal("theirs", (await _owner.Send("GET", "/firmware/built.bin")).Text);
        Assert.Contains("built.bin", (await _other.Send("GET", "/firmware?list-type=2")).Text, StringComparison.Ordinal);
        Assert.Equal(403, (await _other.Send("DELETE", "/firmware/app.bin")).Status);
        Assert.Equal(403, (await _other.Send("GET", "/firmware?policy")).Status);
        Assert.Equal(409, (await _other.Send("PUT", "/firmware")).Status);
        await Ok(_other, "PUT", "/workbench");
        Assert.Equal(200, (await _other.Send("PUT", "/workbench/copy", null, [new("x-amz-copy-source", "/firmware/app.bin")])).Status);
        Assert.Equal(200, (await _other.Send("PUT", "/firmware/back", null, [new("x-amz-copy-source", "/workbench/copy")])).Status);
        var batch = await _other.Send("POST", "/firmware?delete", "<Delete><Object><Key>app.bin</Key></Object></Delete>"u8.ToArray());
        Assert.Contains("<Code>AccessDenied</Code>", batch.Text, StringComparison.Ordinal);
        Assert.Equal(200, (await _owner.Send("GET", "/firmware/app.bin")).Status);
    }

    [Fact]
    public async Task Everybody_may_read_what_a_public_policy_opens_once_the_block_is_lifted_and_no_more()
    {
        using var http = new HttpClient { BaseAddress = _server.Address };
        await SetPolicy(Statement("Allow", "\"*\"", "s3:GetObject", "firmware/*"));
        Assert.Contains("<IsPublic>true</IsPublic>", (await _owner.Send("GET", "/firmware?policyStatus")).Text, StringComparison.Ordinal);
        Assert.Equal(403, (int)(await http.GetAsync("/firmware/app.bin", Ct)).StatusCode);
        Assert.Equal(403, (await _other.Send("GET", "/firmware/app.bin")).Status);

        Assert.Equal(204, (await _owner.Send("DELETE", "/firmware?publicAccessBlock")).Status);
        Assert.Equal("image", await http.GetStringAsync("/firmware/app.bin", Ct));
        Assert.Equal("image", (await _other.Send("GET", "/firmware/app.bin")).Text);
        using var range = new HttpRequestMessage(HttpMethod.Get, "/firmware/app.bin") { Headers = { { "Range", "bytes=1-2" } } };
        Assert.Equal("ma", await (await http.SendAsync(range, Ct)).Content.ReadAsStringAsync(Ct));
        foreach (var closed in (string[])["/firmware", "/firmware?policy", "/firmware?list-type=2", "/firmware/app.bin?acl", "/firmware/app.bin?response-content-type=x"])
            Assert.True((int)(await http.GetAsync(closed, Ct)).StatusCode is 403 or 400, closed);
        foreach (var method in (HttpMethod[])[HttpMethod.Put, HttpMethod.Delete, HttpMethod.Post])
            Assert.Equal(403, (int)(await http.SendAsync(new(method, "/firmware/app.bin"), Ct)).StatusCode);
        Assert.Equal(403, (int)(await http.GetAsync("/firmware-of-nobody/app.bin", Ct)).StatusCode);

        await SetPolicy(Statement("Allow", "\"*\"", "s3:GetObject", "firmware/*", ""","Condition":{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:user/x"}}"""));
        Assert.Contains("<IsPublic>false</IsPublic>", (await _owner.Send("GET", "/firmware?policyStatus")).Text, StringComparison.Ordinal);
        Assert.Equal(403, (int)(await http.GetAsync("/firmware/app.bin", Ct)).StatusCode);
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private async Task SetPolicy(string statement) => Assert.Equal(204, (await _owner.Send(
        "PUT", "/firmware?policy", Encoding.UTF8.GetBytes($$"""{"Version":"2012-10-17","Statement":[{{statement}}]}"""))).Status);

    private static string Statement(string effect, string principal, string actions, params string[] resources)
    {
        var end = resources[^1].StartsWith(',') ? resources[^1] : "";
        var arns = string.Join(',', resources.Where(resource => !resource.StartsWith(',')).Select(resource => $"\"arn:aws:s3:::{resource}\""));
        return $$"""{"Effect":"{{effect}}","Principal":{{principal}},"Action":["{{actions}}"],"Resource":[{{arns}}]{{end}}}""";
    }

    private static async Task Ok(SignedClient client, string method, string path, string? body = null)
    {
        var answer = await client.Send(method, path, body is null ? null : Encoding.UTF8.GetBytes(body));
        Assert.True(answer.Status == 200, $"{method} {path}: {answer.Status} {answer.Text}");
    }
}
