using System.Text;
using System.Text.Json.Nodes;
using Godwit.Server.Http;
using Godwit.Server.Http.Binding;
using Godwit.Server.Storage;
using Godwit.Server.Tests.Http.Binding;

namespace Godwit.Server.Tests.Attacks;

/// <summary>
/// A4, A11: all data is apart by account. Every served operation is called with another account's names and ARNs by a key that may do everything in its
/// own: it finds nothing, tells nothing and changes nothing.
/// </summary>
public sealed class AccountWallTests : IAsyncLifetime
{
    private const string Theirs = "000000000000", Ours = "123456789012";

    /// <summary>Stands in whatever the other account wrote, and may stand in no answer to us.</summary>
    private const string Secret = "xSecretOfTheOther";

    /// <summary>Operations on a name that succeed where nothing is there, as on AWS, or that are about the account as a whole.</summary>
    private static readonly HashSet<string> SucceedOnNothing =
    [
        "DeleteThing", "DeleteThingGroup", "DeleteDynamicThingGroup", "DeleteBillingGroup", "DescribeEndpoint", "DescribeEventConfigurations", "UpdateEventConfigurations",
        "GetIndexingConfiguration", "UpdateIndexingConfiguration", "GetRegistrationCode", "DeleteRegistrationCode", "Publish", "UpdateThingShadow", "GetPackageConfiguration",
        "UpdatePackageConfiguration", "GetStatistics", "GetCardinality", "GetPercentiles", "GetBucketsAggregation", "SearchIndex", "DescribeIndex",
        "DescribeManagedJobTemplate", "GetSigningPlatform", "GetRevocationStatus", "PutSigningProfile", "DeleteConnection", "UpdatePackage", "DescribeEncryptionConfiguration",
        "DeletePackage", "DeletePackageVersion", "DetachPolicy", "DetachPrincipalPolicy",
    ];

    private readonly Dictionary<string, string> _names = new()
    {
        ["thingName"] = "their-thing", ["thingGroupName"] = "their-group", ["thingTypeName"] = "their-type", ["jobId"] = "their-job", ["streamId"] = "their-stream",
        ["otaUpdateId"] = "their-update", ["policyName"] = "their-policy", ["jobTemplateId"] = "their-template", ["billingGroupName"] = "their-billing",
        ["thingGroupArn"] = Arn("thinggroup/their-group"), ["thingArn"] = Arn("thing/their-thing"), ["resourceArn"] = Arn("thinggroup/their-group"),
        ["queryString"] = "thingName:their*", ["topic"] = "news", ["policyVersionId"] = "1", ["indexName"] = "AWS_Things", ["bucket"] = "their-bucket", ["key"] = "app.bin",
    };

    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.Start();
        using var iot = _server.Client("iot");
        using var s3 = _server.Client("s3");
        await Ok(s3.Send("PUT", "/their-bucket"));
        await Ok(s3.Send("PUT", "/their-bucket/app.bin", Encoding.UTF8.GetBytes(Secret)));
        await Ok(iot.Send("POST", "/thing-types/their-type", $$"""{"thingTypeProperties":{"thingTypeDescription":"{{Secret}}"} }"""));
        await Ok(iot.Send("POST", "/things/their-thing", $$"""{"thingTypeName":"their-type","attributePayload":{"attributes":{"a":"{{Secret}}"} } }"""));
        await Ok(iot.Send("POST", "/thing-groups/their-group", $$"""{"thingGroupProperties":{"thingGroupDescription":"{{Secret}}"},"tags":[{"Key":"t","Value":"{{Secret}}"}]}"""));
        await Ok(iot.Send("PUT", "/thing-groups/addThingToThingGroup", """{"thingGroupName":"their-group","thingName":"their-thing"}"""));
        await Ok(iot.Send("POST", "/policies/their-policy", """{"policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"xSecretOfTheOther\"}]}"}"""));
        var certificate = await Ok(iot.Send("POST", "/keys-and-certificate?setAsActive=true", "{}"));
        _names["certificateId"] = certificate.Json.GetProperty("certificateId").GetString()!;
        _names["target"] = _names["principal"] = certificate.Json.GetProperty("certificateArn").GetString()!;
        await Ok(iot.Send("PUT", "/target-policies/their-policy", $$"""{"target":"{{_names["target"]}}"}"""));
        await Ok(iot.Send("PUT", "/jobs/their-job", $$"""{"targets":["{{_names["thingArn"]}}"],"document":"{}","description":"{{Secret}}"}"""));
        await Ok(iot.Send("PUT", "/job-templates/their-template", $$"""{"document":"{}","description":"{{Secret}}"}"""));
        await Ok(iot.Send("POST", "/streams/their-stream", $$"""{"description":"{{Secret}}","roleArn":"arn:aws:iam::000000000000:role/ota","files":[{"fileId":0,"s3Location":{"bucket":"their-bucket","key":"app.bin"} }]}"""));
        await Ok(iot.Send("POST", "/otaUpdates/their-update",
            $$"""
            {"description":"{{Secret}}","targets":["{{_names["thingArn"]}}"],"roleArn":"arn:aws:iam::000000000000:role/ota","files":[{"fileName":"a","fileLocation":
            {"s3Location":{"bucket":"their-bucket","key":"app.bin"} },"codeSigning":{"customCodeSigning":{"signature":{"inlineDocument":"AAAA"},
            "certificateChain":{"certificateName":"c"},"hashAlgorithm":"SHA256","signatureAlgorithm":"ECDSA"} } }]}
            """));
        await Settled(iot);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A11_no_operation_finds_tells_or_changes_what_another_account_has()
    {
        var before = await Facts();
        var wrong = new List<string>();
        foreach (var service in ServiceCatalog.All)
        {
            using var client = _server.ClientOf(service, TestServer.OtherKey);
            // Creations last: they may make one of the same name for ourselves.
            foreach (var operation in service.Operations.Where(o => _server.Get<ServedOperations>().All.ContainsKey((o.Service, o.Name))).OrderBy(IsCreation))
            {
                foreach (var account in (string[])[Theirs, Ours])
                {
                    var answer = await Call(client, operation, account);
                    if (answer.Text.Contains(Secret, StringComparison.Ordinal))
                        wrong.Add($"{operation.Name} tells: {answer.Text}");
                    if (answer.Status >= 500)
                        wrong.Add($"{operation.Name} breaks: {answer.Text}");
                    if (answer.Status == 200 && IsAboutOneThatIsThere(operation))
                        wrong.Add($"{operation.Name} succeeds on what is another account's: {answer.Text}");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
        Assert.Equal(before, await Facts());
    }

    [Fact]
    public async Task A11_every_request_to_another_accounts_bucket_is_denied()
    {
        var before = await Facts();
        using var client = _server.Client("s3", TestServer.OtherKey);
        foreach (var path in (string[])["/their-bucket", "/their-bucket/app.bin", "/their-bucket/new.bin"])
        {
            foreach (var query in (string[])["", "?versioning", "?versions", "?uploads", "?list-type=2", "?location", "?policy", "?cors", "?tagging", "?attributes", "?uploadId=x&partNumber=1", "?versionId=null", "?delete"])
            {
                foreach (var method in (string[])["GET", "HEAD", "PUT", "POST", "DELETE"])
                {
                    var answer = await client.Send(method, path + query, method is "PUT" or "POST" ? "<Delete><Object><Key>app.bin</Key></Object></Delete>"u8.ToArray() : null);
                    Assert.True(answer.Status is 403 or 400 or 404 or 405 or 409 or 501, $"{method} {path}{query}: {answer.Status} {answer.Text}");
                    Assert.DoesNotContain(Secret, answer.Text, StringComparison.Ordinal);
                }
            }
        }

        var copied = await client.Send("PUT", "/our-bucket");
        Assert.Equal(200, copied.Status);
        Assert.Equal(403, (await client.Send("PUT", "/our-bucket/stolen", null, [new("x-amz-copy-source", "/their-bucket/app.bin")])).Status);
        Assert.Equal(before, await Facts());
    }

    private async Task<Answer> Call(SignedClient client, OperationModel operation, string account)
    {
        var members = ModelCases.Valid(operation);
        foreach (var member in operation.Input?.Members ?? [])
        {
            if (!member.IsRequired && !_names.ContainsKey(member.Name))
                members.Remove(member.Name);
            else if (_names.TryGetValue(member.Name, out var name) && member.Shape.Kind == ShapeKind.String)
                members[member.Name] = name.Replace(Theirs, account, StringComparison.Ordinal);
            else if (member.Name == "targets")
                members[member.Name] = new JsonArray(_names["thingArn"].Replace(Theirs, account, StringComparison.Ordinal));
        }

        return await client.Call(operation, members);
    }

    private static bool IsCreation(OperationModel operation) =>
        operation.Name.StartsWith("Create", StringComparison.Ordinal) || operation.Name.StartsWith("Register", StringComparison.Ordinal);

    /// <summary>Lists and searches answer what is one's own; creations make it.</summary>
    private bool IsAboutOneThatIsThere(OperationModel operation) =>
        !IsCreation(operation) && !operation.Name.StartsWith("List", StringComparison.Ordinal) && !SucceedOnNothing.Contains(operation.Name)
        && (operation.Input?.Members.Any(member => member.Location == MemberLocation.Uri && _names.ContainsKey(member.Name)) ?? false);

    /// <summary>All that the other account has, by its journal: every change writes a record of it.</summary>
    private Task<List<string>> Facts() => _server.Get<Database>().Read(
        session => session.Query<string>("SELECT subject FROM journal WHERE account = @account ORDER BY seq", new { account = Theirs }), TestContext.Current.CancellationToken);

    /// <summary>The creation goes on by itself and writes facts: wait for its last.</summary>
    private static async Task Settled(SignedClient iot)
    {
        while ((await iot.Get("/otaUpdates/their-update")).Json.GetProperty("otaUpdateInfo").GetProperty("otaUpdateStatus").GetString() is "CREATE_PENDING" or "CREATE_IN_PROGRESS")
            await Task.Yield();
        while ((await iot.Get("/jobs/AFR_OTA-their-update/things")).Json.GetProperty("executionSummaries").GetArrayLength() == 0)
            await Task.Yield();
        while ((await iot.Get("/jobs/their-job/things")).Json.GetProperty("executionSummaries").GetArrayLength() == 0)
            await Task.Yield();
    }

    private static async Task<Answer> Ok(Task<Answer> call)
    {
        var answer = await call;
        Assert.True(answer.Status == 200, answer.Text);
        return answer;
    }

    private static string Arn(string resource) => $"arn:aws:iot:us-east-1:{Theirs}:{resource}";
}
