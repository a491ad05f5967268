using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Iam;

public sealed class SessionTests : IAsyncLifetime
{
    private const string AccountTrust =
        """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"e-1"}}}]}""";

    private readonly FakeTimeProvider _time = new(DateTimeOffset.Parse("2030-05-06T07:08:09Z", null));
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.Start(_time);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_assumed_role_may_what_its_policies_allow_until_it_expires_also_over_a_restart()
    {
        Assert.Equal(200, (await _server.Iam("CreateRole", ("RoleName", "ops"), ("AssumeRolePolicyDocument", AccountTrust))).Status);
        await _server.Iam("PutRolePolicy", ("RoleName", "ops"), ("PolicyName", "p"), ("PolicyDocument", IamClient.Allow("iot:List*")));
        var (key, token) = (await Assume(TestServer.Key, ("ExternalId", "e-1"))).Credentials();
        Assert.StartsWith("ASIA", key.Id, StringComparison.Ordinal);
        Assert.Equal("arn:aws:sts::000000000000:assumed-role/ops/s1", (await _server.Sts(key, token, "GetCallerIdentity")).Element("Arn"));
        Assert.Equal(200, (await _server.WithToken(key, token, "iot", "GET", "/things")).Status);
        var refused = await _server.WithToken(key, token, "iot", "POST", "/things/t1");
        Assert.Equal(
            "User: arn:aws:sts::000000000000:assumed-role/ops/s1 is not authorized to perform: iot:CreateThing on resource: "
            + "arn:aws:iot:us-east-1:000000000000:thing/t1 because no identity-based policy allows the iot:CreateThing action", refused.Message);

        await _server.Restart();
        Assert.Equal(200, (await _server.WithToken(key, token, "iot", "GET", "/things")).Status);
        _time.Advance(TimeSpan.FromSeconds(3601));
        Assert.Equal("ExpiredTokenException", (await _server.WithToken(key, token, "iot", "GET", "/things")).Exception);
        Assert.Equal("ExpiredToken", (await _server.Sts(key, token, "GetCallerIdentity")).Element("Code"));
    }

    [Fact]
    public async Task A_session_is_nothing_without_its_own_token()
    {
        var (one, tokenOfOne) = (await _server.Sts(TestServer.Key, null, "GetSessionToken")).Credentials();
        var (two, tokenOfTwo) = (await _server.Sts(TestServer.Key, null, "GetSessionToken")).Credentials();
        using var withoutToken = _server.Client("iot", one);
        Assert.Equal("UnrecognizedClientException", (await withoutToken.Get("/things")).Exception);
        Assert.Equal("UnrecognizedClientException", (await _server.WithToken(one, tokenOfTwo, "iot", "GET", "/things")).Exception);
        Assert.Equal("UnrecognizedClientException", (await _server.WithToken(one, tokenOfOne[..^1] + (tokenOfOne[^1] == 'A' ? 'B' : 'A'), "iot", "GET", "/things")).Exception);
        Assert.Equal("UnrecognizedClientException", (await _server.WithToken(TestServer.Key, tokenOfOne, "iot", "GET", "/things")).Exception);
        Assert.Equal(200, (await _server.WithToken(two, tokenOfTwo, "iot", "GET", "/things")).Status);
        Assert.Equal("InvalidClientTokenId", (await _server.Sts(one, tokenOfTwo, "GetCallerIdentity")).Element("Code"));
    }

    [Fact]
    public async Task A_trust_policy_must_mean_the_caller_and_its_conditions_must_hold()
    {
        Assert.Equal(200, (await _server.Iam("CreateRole", ("RoleName", "ops"), ("AssumeRolePolicyDocument", AccountTrust))).Status);
        var allowed = await _server.User("allowed", IamClient.Allow("sts:AssumeRole", "arn:aws:iam::000000000000:role/ops"));
        var silent = await _server.User("silent", IamClient.Allow("iot:*"));
        Assert.Equal(200, (await Assume(allowed, ("ExternalId", "e-1"))).Status);
        Assert.Equal("AccessDenied", (await Assume(allowed, ("ExternalId", "e-2"))).Element("Code"));
        Assert.Equal("AccessDenied", (await Assume(allowed)).Element("Code"));
        Assert.Equal("AccessDenied", (await Assume(silent, ("ExternalId", "e-1"))).Element("Code"));
        Assert.Equal("AccessDenied", (await Assume(TestServer.OtherKey, ("ExternalId", "e-1"))).Element("Code"));

        var named = AccountTrust.Replace("arn:aws:iam::000000000000:root", "arn:aws:iam::000000000000:user/silent", StringComparison.Ordinal);
        Assert.Equal(200, (await _server.Iam("UpdateAssumeRolePolicy", ("RoleName", "ops"), ("PolicyDocument", named))).Status);
        Assert.Equal(200, (await Assume(silent, ("ExternalId", "e-1"))).Status);
        Assert.Equal("AccessDenied", (await Assume(allowed, ("ExternalId", "e-1"))).Element("Code"));
        Assert.Equal("ValidationError", (await Assume(silent, ("ExternalId", "e-1"), ("DurationSeconds", "7200"))).Element("Code"));
    }

    [Fact]
    public async Task A_session_ends_with_its_role_and_a_policy_of_the_session_only_narrows()
    {
        Assert.Equal(200, (await _server.Iam("CreateRole", ("RoleName", "ops"), ("AssumeRolePolicyDocument", AccountTrust))).Status);
        await _server.Iam("PutRolePolicy", ("RoleName", "ops"), ("PolicyName", "p"), ("PolicyDocument", IamClient.Allow("iot:List*")));
        var (key, token) = (await Assume(TestServer.Key, ("ExternalId", "e-1"), ("Policy", IamClient.Allow("iot:ListJobs")))).Credentials();
        Assert.Equal(200, (await _server.WithToken(key, token, "iot", "GET", "/jobs")).Status);
        Assert.Equal(403, (await _server.WithToken(key, token, "iot", "GET", "/things")).Status);

        await _server.Iam("DeleteRolePolicy", ("RoleName", "ops"), ("PolicyName", "p"));
        Assert.Equal(200, (await _server.Iam("DeleteRole", ("RoleName", "ops"))).Status);
        await _server.Iam("CreateRole", ("RoleName", "ops"), ("AssumeRolePolicyDocument", AccountTrust));
        await _server.Iam("PutRolePolicy", ("RoleName", "ops"), ("PolicyName", "p"), ("PolicyDocument", IamClient.Allow("*")));
        Assert.Equal(403, (await _server.WithToken(key, token, "iot", "GET", "/jobs")).Status);
    }

    [Fact]
    public async Task A_users_own_session_may_what_the_user_may_but_not_IAM()
    {
        var user = await _server.User("ann", IamClient.Allow("*"));
        var (key, token) = (await _server.Sts(user, null, "GetSessionToken")).Credentials();
        Assert.Equal(200, (await _server.WithToken(key, token, "iot", "GET", "/things")).Status);
        Assert.Equal("arn:aws:iam::000000000000:user/ann", (await _server.Sts(key, token, "GetCallerIdentity")).Element("Arn"));
        Assert.Equal("AccessDenied", (await _server.Sts(key, token, "GetSessionToken")).Element("Code"));
        var iam = await _server.WithToken(key, token, "iam", "GET", "/?Action=ListRoles&Version=2010-05-08");
        Assert.Equal("AccessDenied", iam.Element("Code"));
    }

    [Fact]
    public async Task Tokens_of_identity_providers_are_refused_with_the_reason()
    {
        using var http = new HttpClient();
        using var form = new FormUrlEncodedContent([new("Action", "AssumeRoleWithWebIdentity"), new("Version", "2011-06-15"), new("WebIdentityToken", "x")]);
        var answer = await Answer.Read(await http.PostAsync(_server.Address, form, TestContext.Current.CancellationToken));
        Assert.Equal((400, "InvalidIdentityToken"), (answer.Status, answer.Element("Code")));
        Assert.Contains("no", answer.Element("Message"), StringComparison.Ordinal);
    }

    private Task<Answer> Assume(PresetAccessKey key, params (string, string)[] more) =>
        _server.Sts(key, null, "AssumeRole", [("RoleArn", "arn:aws:iam::000000000000:role/ops"), ("RoleSessionName", "s1"), .. more]);
}
