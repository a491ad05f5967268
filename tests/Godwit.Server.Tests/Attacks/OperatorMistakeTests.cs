using System.Text.Json;
using System.Text.Json.Nodes;
using Godwit.Server.Tests.Acm;
using Godwit.Server.Tests.Signing;

namespace Godwit.Server.Tests.Attacks;

/// <summary>A26: what a tired operator types. It is refused with the field that is wrong, or with what still uses the thing, and nothing has changed.</summary>
public sealed class OperatorMistakeTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string Everyone = "arn:aws:iot:us-east-1:000000000000:thinggroup/everyone";

    private readonly TestServer _server = fixture.Server;

    [Theory]
    [InlineData("""{"jobExecutionsRolloutConfig":{"maximumPerMinute":0}}""", "maximumPerMinute")]
    [InlineData("""{"jobExecutionsRolloutConfig":{"maximumPerMinute":1000000}}""", "maximumPerMinute")]
    [InlineData("""{"jobExecutionsRolloutConfig":{"maximumPerMinute":50,"exponentialRate":{"baseRatePerMinute":1,"incrementFactor":100,"rateIncreaseCriteria":{"numberOfNotifiedThings":1}}}}""", "incrementFactor")]
    [InlineData("""{"jobExecutionsRolloutConfig":{"maximumPerMinute":50,"exponentialRate":{"baseRatePerMinute":5,"incrementFactor":2,"rateIncreaseCriteria":{}}}}""", "NumberOfNotifiedThings")]
    [InlineData("""{"abortConfig":{"criteriaList":[{"failureType":"ALL","action":"CANCEL","thresholdPercentage":0,"minNumberOfExecutedThings":1}]}}""", "thresholdPercentage")]
    [InlineData("""{"abortConfig":{"criteriaList":[{"failureType":"ALL","action":"CANCEL","thresholdPercentage":101,"minNumberOfExecutedThings":1}]}}""", "thresholdPercentage")]
    [InlineData("""{"abortConfig":{"criteriaList":[{"failureType":"ALL","action":"CANCEL","thresholdPercentage":10,"minNumberOfExecutedThings":0}]}}""", "minNumberOfExecutedThings")]
    [InlineData("""{"timeoutConfig":{"inProgressTimeoutInMinutes":0}}""", "inProgressTimeoutInMinutes")]
    [InlineData("""{"targets":["arn:aws:iot:us-east-1:000000000000:thinggroup/*"]}""", "thinggroup/*")]
    [InlineData("""{"targets":["arn:aws:iot:us-east-1:123456789012:thinggroup/everyone"]}""", "123456789012")]
    [InlineData("""{"targets":[]}""", "targets")]
    public async Task A26_a_rollout_that_was_mistyped_is_refused_by_its_field(string wrong, string named)
    {
        using var iot = _server.Client("iot");
        await iot.Send("POST", "/thing-groups/everyone", "{}");
        var job = new JsonObject { ["targets"] = new JsonArray(Everyone), ["document"] = "{}" };
        foreach (var (name, value) in JsonNode.Parse(wrong)!.AsObject())
            job[name] = value!.DeepClone();
        var answer = await iot.Send("PUT", "/jobs/mistyped", job.ToJsonString());
        Assert.True(answer.Status is 400 or 404, answer.Text);
        Assert.Contains(named, answer.Message, StringComparison.Ordinal);
        Assert.Equal(404, (await iot.Get("/jobs/mistyped")).Status);
    }

    [Fact]
    public async Task A26_what_is_in_use_is_not_deleted_and_the_refusal_says_by_what()
    {
        using var iot = _server.Client("iot");
        using var s3 = _server.Client("s3");
        await iot.Send("POST", "/things/used", "{}");
        await iot.Send("POST", "/policies/used", """{"policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iot:*\",\"Resource\":\"*\"}]}"}""");
        var certificate = (await iot.Send("POST", "/keys-and-certificate?setAsActive=true")).Json;
        var (arn, id) = (certificate.GetProperty("certificateArn").GetString()!, certificate.GetProperty("certificateId").GetString()!);
        await iot.Send("PUT", "/target-policies/used", JsonSerializer.Serialize(new { target = arn }));
        await iot.Send("PUT", "/things/used/principals", null, [new("x-amzn-principal", arn)]);
        await iot.Send("PUT", "/jobs/used", """{"targets":["arn:aws:iot:us-east-1:000000000000:thing/used"],"document":"{}"}""");
        await iot.Send("POST", "/thing-types/used", "{}");

        await Refused(iot, "/things/used", "InvalidRequestException");
        await Refused(iot, "/policies/used", "DeleteConflictException");
        await Refused(iot, $"/certificates/{id}", "CertificateStateException");
        await iot.Send("PUT", $"/certificates/{id}?newStatus=INACTIVE");
        await Refused(iot, $"/certificates/{id}", "DeleteConflictException");
        await Refused(iot, "/jobs/used", "InvalidStateTransitionException");
        await Refused(iot, "/thing-types/used", "InvalidRequestException");

        await s3.Send("PUT", "/used-bucket");
        await s3.Send("PUT", "/used-bucket/app.bin", "1"u8.ToArray());
        var bucket = await s3.Send("DELETE", "/used-bucket");
        Assert.True(bucket.Status == 409 && bucket.Text.Contains("BucketNotEmpty", StringComparison.Ordinal), bucket.Text);

        using var signer = TestSigner.Make();
        using var signing = _server.Client("signer");
        var material = await _server.Import(signer);
        await signing.Send("PUT", "/signing-profiles/used", JsonSerializer.Serialize(new { platformId = "AmazonFreeRTOS-Default", signingMaterial = new { certificateArn = material } }));
        var key = await _server.Acm("DeleteCertificate", new JsonObject { ["CertificateArn"] = material });
        Assert.Equal("ResourceInUseException", key.Kind());
        Assert.Contains("signing-profiles/used", key.Text, StringComparison.Ordinal);

        foreach (var path in (string[])["/things/used", "/policies/used", $"/certificates/{id}", "/jobs/used", "/thing-types/used"])
            Assert.Equal(200, (await iot.Get(path)).Status);
        Assert.Equal("1", (await s3.Get("/used-bucket/app.bin")).Text);
    }

    private static async Task Refused(SignedClient client, string path, string exception)
    {
        var answer = await client.Send("DELETE", path);
        Assert.True(answer.Exception == exception, $"{path}: {answer.Status} {answer.Exception} {answer.Text}");
        Assert.True(answer.Message.Length > 20, answer.Message);
    }
}
