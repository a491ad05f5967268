using Godwit.Core.Access;

namespace Godwit.Server.Tests.Iam;

public sealed class IamTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.Start();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_role_lives_from_CreateRole_to_DeleteRole_and_over_a_restart()
    {
        var arn = await _server.Role("ota", IamClient.Allow("s3:GetObject"));
        Assert.Equal("arn:aws:iam::000000000000:role/ota", arn);
        await _server.Restart();
        var got = await _server.Iam("GetRole", ("RoleName", "OTA"));
        Assert.StartsWith("AROA", got.Element("RoleId"), StringComparison.Ordinal);
        Assert.Equal(IamClient.IotTrust, Uri.UnescapeDataString(got.Element("AssumeRolePolicyDocument")));
        Assert.Equal(["p0"], (await _server.Iam("ListRolePolicies", ("RoleName", "ota"))).Elements("member"));
        Assert.Equal(200, (await _server.Iam("AttachRolePolicy", ("RoleName", "ota"), ("PolicyArn", "arn:aws:iam::aws:policy/service-role/AmazonFreeRTOSOTAUpdate"))).Status);
        Assert.Equal("AmazonFreeRTOSOTAUpdate", (await _server.Iam("ListAttachedRolePolicies", ("RoleName", "ota"))).Element("PolicyName"));

        await Refused("DeleteConflict", 409, "DeleteRole", ("RoleName", "ota"));
        Assert.Equal(200, (await _server.Iam("DetachRolePolicy", ("RoleName", "ota"), ("PolicyArn", "arn:aws:iam::aws:policy/service-role/AmazonFreeRTOSOTAUpdate"))).Status);
        await Refused("DeleteConflict", 409, "DeleteRole", ("RoleName", "ota"));
        Assert.Equal(200, (await _server.Iam("DeleteRolePolicy", ("RoleName", "ota"), ("PolicyName", "p0"))).Status);
        Assert.Equal(200, (await _server.Iam("DeleteRole", ("RoleName", "ota"))).Status);
        await Refused("NoSuchEntity", 404, "GetRole", ("RoleName", "ota"));
    }

    [Fact]
    public async Task What_IAM_refuses_has_AWSs_names()
    {
        await _server.Role("twice");
        await Refused("EntityAlreadyExists", 409, "CreateRole", ("RoleName", "Twice"), ("AssumeRolePolicyDocument", IamClient.IotTrust));
        await Refused("MalformedPolicyDocument", 400, "CreateRole", ("RoleName", "r"), ("AssumeRolePolicyDocument", "{}"));
        await Refused("MalformedPolicyDocument", 400, "PutRolePolicy", ("RoleName", "twice"), ("PolicyName", "p"), ("PolicyDocument", IamClient.IotTrust));
        await Refused("ValidationError", 400, "CreateRole", ("RoleName", "no spaces"), ("AssumeRolePolicyDocument", IamClient.IotTrust));
        await Refused("ValidationError", 400, "GetRole");
        await Refused("NoSuchEntity", 404, "PutUserPolicy", ("UserName", "nobody"), ("PolicyName", "p"), ("PolicyDocument", IamClient.Allow("*")));
        await Refused("NoSuchEntity", 404, "AttachRolePolicy", ("RoleName", "twice"), ("PolicyArn", "arn:aws:iam::aws:policy/NoneOfThisName"));
        await Refused("LimitExceeded", 409, "PutRolePolicy", ("RoleName", "twice"), ("PolicyName", "p"), ("PolicyDocument", IamClient.Allow("iot:" + new string('a', 11_000))));
        await Refused("InvalidAction", 400, "CreateGroup", ("GroupName", "g"));
    }

    [Fact]
    public async Task A_managed_policy_has_versions_and_whoever_holds_it_is_bound_by_the_default()
    {
        var made = await _server.Iam("CreatePolicy", ("PolicyName", "things"), ("PolicyDocument", IamClient.Allow("iot:ListThings")));
        var arn = made.Element("Arn");
        var user = await _server.User("ann", null);
        Assert.Equal(403, (await List(user)).Status);
        Assert.Equal(200, (await _server.Iam("AttachUserPolicy", ("UserName", "ann"), ("PolicyArn", arn))).Status);
        Assert.Equal(200, (await List(user)).Status);
        await Refused("DeleteConflict", 409, "DeletePolicy", ("PolicyArn", arn));
        var second = await _server.Iam("CreatePolicyVersion", ("PolicyArn", arn), ("PolicyDocument", IamClient.Allow("iot:ListJobs")), ("SetAsDefault", "true"));
        Assert.Equal("v2", second.Element("VersionId"));
        Assert.Equal(403, (await List(user)).Status);
        Assert.Equal(200, (await _server.Iam("SetDefaultPolicyVersion", ("PolicyArn", arn), ("VersionId", "v1"))).Status);
        Assert.Equal(200, (await List(user)).Status);
        await Refused("DeleteConflict", 409, "DeletePolicyVersion", ("PolicyArn", arn), ("VersionId", "v1"));
        Assert.Equal("1", (await _server.Iam("GetPolicy", ("PolicyArn", arn))).Element("AttachmentCount"));
        Assert.Equal("ann", (await _server.Iam("ListEntitiesForPolicy", ("PolicyArn", arn))).Element("UserName"));
    }

    [Fact]
    public async Task A_key_that_is_deactivated_or_deleted_signs_nothing_more()
    {
        var key = await _server.User("ci", IamClient.Allow("iot:*"));
        Assert.Equal(200, (await List(key)).Status);
        Assert.Equal(200, (await _server.Iam("UpdateAccessKey", ("UserName", "ci"), ("AccessKeyId", key.Id), ("Status", "Inactive"))).Status);
        Assert.Equal("UnrecognizedClientException", (await List(key)).Exception);
        Assert.Equal(200, (await _server.Iam("UpdateAccessKey", ("UserName", "ci"), ("AccessKeyId", key.Id), ("Status", "Active"))).Status);
        Assert.Equal(200, (await List(key)).Status);
        await _server.Restart();
        Assert.Equal(200, (await List(key)).Status);
        await Refused("DeleteConflict", 409, "DeleteUser", ("UserName", "ci"));
        Assert.Equal(200, (await _server.Iam("DeleteAccessKey", ("UserName", "ci"), ("AccessKeyId", key.Id))).Status);
        Assert.Equal("UnrecognizedClientException", (await List(key)).Exception);
    }

    [Fact]
    public async Task A8_a_presigned_url_dies_with_the_key_that_signed_it()
    {
        using var s3 = _server.Client("s3");
        await s3.Send("PUT", "/presigned");
        await s3.Send("PUT", "/presigned/app.bin", "image"u8.ToArray());
        var key = await _server.User("ci", IamClient.Allow("s3:*"));
        var request = new SigV4Request("GET", "/presigned/app.bin", "", [new("Host", _server.Address.Authority)]);
        var url = request with { RawQuery = new SigV4Signer(key.Id, key.Secret, "us-east-1", "s3").Presign(request, _server.Time.GetUtcNow(), TimeSpan.FromMinutes(5)) };
        Assert.Equal("image", (await Answer.Read(await s3.SendRequest(url, null))).Text);
        Assert.Equal(200, (await _server.Iam("UpdateAccessKey", ("UserName", "ci"), ("AccessKeyId", key.Id), ("Status", "Inactive"))).Status);
        Assert.Equal(403, (await Answer.Read(await s3.SendRequest(url, null))).Status);
    }

    [Fact]
    public async Task Lists_come_in_pages_and_tags_stay_with_their_role()
    {
        for (var i = 0; i < 7; i++)
            await _server.Role($"r{i}");
        var (names, marker) = (new List<string>(), (string?)null);
        do
        {
            var page = await _server.Iam("ListRoles", [("MaxItems", "3"), .. marker is null ? [] : new[] { ("Marker", marker) }]);
            names.AddRange(page.Elements("RoleName"));
            marker = page.Element("IsTruncated") == "true" ? page.Element("Marker") : null;
        }
        while (marker is not null);
        Assert.Equal(Enumerable.Range(0, 7).Select(i => $"r{i}"), names);

        Assert.Equal(200, (await _server.Iam("TagRole", ("RoleName", "r1"), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "fleet"))).Status);
        Assert.Equal("fleet", (await _server.Iam("GetRole", ("RoleName", "r1"))).Element("Value"));
        Assert.Equal(200, (await _server.Iam("UntagRole", ("RoleName", "r1"), ("TagKeys.member.1", "team"))).Status);
        Assert.Empty((await _server.Iam("ListRoleTags", ("RoleName", "r1"))).Elements("Key"));
    }

    [Fact]
    public async Task Another_accounts_roles_users_and_policies_are_not_there()
    {
        await _server.Role("mine");
        await _server.User("me", null);
        var policy = (await _server.Iam("CreatePolicy", ("PolicyName", "ours"), ("PolicyDocument", IamClient.Allow("*")))).Element("Arn");
        Assert.Equal(404, (await _server.Iam(TestServer.OtherKey, "GetRole", ("RoleName", "mine"))).Status);
        Assert.Equal(404, (await _server.Iam(TestServer.OtherKey, "GetUser", ("UserName", "me"))).Status);
        Assert.Equal(404, (await _server.Iam(TestServer.OtherKey, "GetPolicy", ("PolicyArn", policy))).Status);
        Assert.Empty((await _server.Iam(TestServer.OtherKey, "ListRoles")).Elements("RoleName"));
    }

    private async Task<Answer> List(PresetAccessKey key)
    {
        using var client = _server.Client("iot", key);
        return await client.Get("/things");
    }

    private async Task Refused(string code, int status, string action, params (string, string)[] parameters)
    {
        var answer = await _server.Iam(action, parameters);
        Assert.Equal((code, status), (answer.Element("Code"), answer.Status));
    }
}
