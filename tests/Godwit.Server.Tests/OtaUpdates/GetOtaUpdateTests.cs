using System.Text.Json;
using Godwit.Server.Http;
using Godwit.Server.Jobs;
using Godwit.Server.OtaUpdates;

namespace Godwit.Server.Tests.OtaUpdates;

public sealed class GetOtaUpdateTests : OtaUpdateTests
{
    /// <summary>As the door writes answers.</summary>
    private static JsonSerializerOptions Wire => WireJson.Options;

    [Fact]
    public async Task Everything_that_was_asked_for_is_told_again()
    {
        var update = await CreateAndFinish(Request() with
        {
            Description = "release 42",
            Protocols = ["HTTP", "MQTT"],
            TargetSelection = "SNAPSHOT",
            Files = [File() with { FileType = 0, FileVersion = "4.2", Attributes = new Dictionary<string, string> { ["colour"] = "blue" } }],
            AwsJobPresignedUrlConfig = new AwsJobPresignedUrlConfig { ExpiresInSec = 600 },
            AwsJobExecutionsRolloutConfig = new JobExecutionsRolloutConfig { MaximumPerMinute = 50 },
            AdditionalParameters = new Dictionary<string, string> { ["ticket"] = "77" },
        });
        var json = JsonSerializer.SerializeToElement(update, Wire);
        Assert.Equal(
            """{"fileName":"/fw/app.bin","fileType":0,"fileVersion":"4.2","fileLocation":{"s3Location":{"bucket":"firmware","key":"app.bin"}},"codeSigning":{"startSigningJobParameter":{},"customCodeSigning":{"signature":{"inlineDocument":"TUVVQ0lRRHg="},"certificateChain":{"certificateName":"/certs/sign.crt"},"hashAlgorithm":"SHA256","signatureAlgorithm":"ECDSA"}},"attributes":{"colour":"blue"}}""",
            json.GetProperty("otaUpdateFiles")[0].GetRawText());
        Assert.Equal("""{"maximumPerMinute":50}""", json.GetProperty("awsJobExecutionsRolloutConfig").GetRawText());
        Assert.Equal("""{"expiresInSec":600}""", json.GetProperty("awsJobPresignedUrlConfig").GetRawText());
        Assert.Equal("""["HTTP","MQTT"]""", json.GetProperty("protocols").GetRawText());
        Assert.Equal("""{"ticket":"77"}""", json.GetProperty("additionalParameters").GetRawText());
        Assert.Equal(("release 42", "SNAPSHOT"), (update.Description, update.TargetSelection));
        Assert.Equal([Dev7], update.Targets);
        Assert.True(update.LastModifiedDate >= update.CreationDate);
        Assert.False(json.TryGetProperty("roleArn", out _));
        Assert.False(json.TryGetProperty("errorInfo", out _));
    }

    [Fact]
    public async Task Unset_structures_are_empty_and_unset_choices_are_AWSs_defaults()
    {
        var update = JsonSerializer.SerializeToElement(await CreateAndFinish(Request() with { Files = [File() with { CodeSigning = null }] }), Wire);
        Assert.Equal("{}", update.GetProperty("awsJobExecutionsRolloutConfig").GetRawText());
        Assert.Equal("{}", update.GetProperty("awsJobPresignedUrlConfig").GetRawText());
        Assert.Equal("""["MQTT"]""", update.GetProperty("protocols").GetRawText());
        Assert.Equal("SNAPSHOT", update.GetProperty("targetSelection").GetString());
        Assert.False(update.GetProperty("otaUpdateFiles")[0].TryGetProperty("codeSigning", out _));
        Assert.False(update.TryGetProperty("description", out _));

        var http = JsonSerializer.SerializeToElement(await CreateAndFinish(Request("http") with { Protocols = ["HTTP"] }), Wire);
        Assert.Equal("""{"expiresInSec":1800}""", http.GetProperty("awsJobPresignedUrlConfig").GetRawText());
    }

    [Fact]
    public async Task An_unknown_update_is_not_found_nor_one_of_another_account()
    {
        Assert.Null(await Get("nothing"));
        await CreateAndFinish(Request());
        var stranger = TestObjects.Caller with { Account = TestServer.OtherKey.Account };
        var refused = (await Server.Get<GetOtaUpdate>().Handle(stranger, new GetOtaUpdate.Request { OtaUpdateId = "rel42" }, Ct)).Error!;
        Assert.Equal(("ResourceNotFoundException", 404), (refused.Code, refused.Status));
    }

    [Fact]
    public async Task Updates_are_listed_newest_first_page_by_page_and_by_status()
    {
        for (var i = 0; i < 5; i++)
            await CreateAndFinish(Request($"rel{i}") with { Files = [File(i == 2 ? "nothing.bin" : "app.bin")] });
        var (seen, token) = (new List<string>(), default(string));
        do
        {
            var page = await List(new ListOtaUpdates.Request { MaxResults = 2, NextToken = token });
            seen.AddRange(page.OtaUpdates.Select(update => update.OtaUpdateId));
            token = page.NextToken;
        }
        while (token is not null);
        Assert.Equal(["rel4", "rel3", "rel2", "rel1", "rel0"], seen);
        var failed = Assert.Single((await List(new ListOtaUpdates.Request { OtaUpdateStatus = "CREATE_FAILED" })).OtaUpdates);
        Assert.Equal(("rel2", "arn:aws:iot:us-east-1:000000000000:otaupdate/rel2"), (failed.OtaUpdateId, failed.OtaUpdateArn));
        Assert.Equal("Next token is invalid.", (await Server.Get<ListOtaUpdates>().Handle(TestObjects.Caller, new ListOtaUpdates.Request { NextToken = "?" }, Ct)).Error!.Message);
    }

    private async Task<ListOtaUpdates.Response> List(ListOtaUpdates.Request request) =>
        (await Server.Get<ListOtaUpdates>().Handle(TestObjects.Caller, request, Ct)).Value;
}
