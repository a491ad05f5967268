using System.Text.Json;
using System.Text.Json.Nodes;

namespace Godwit.Server.Tests.Planning;

public sealed class PlanOtaUpdateTests : IAsyncLifetime
{
    private const string Update = """
        {
          "targets": ["arn:aws:iot:us-east-1:000000000000:thinggroup/fleet", "arn:aws:iot:us-east-1:000000000000:thing/a"],
          "roleArn": "arn:aws:iam::000000000000:role/ota",
          "awsJobExecutionsRolloutConfig": {"maximumPerMinute": 100},
          "awsJobAbortConfig": {"abortCriteriaList": [{"failureType": "FAILED", "action": "CANCEL", "thresholdPercentage": 20.0, "minNumberOfExecutedThings": 5}]},
          "files": [{"fileName": "/fw", "fileLocation": {"s3Location": {"bucket": "fw", "key": "fw"}}, "codeSigning": {"customCodeSigning": {
            "signature": {"inlineDocument": "aGk="}, "certificateChain": {"certificateName": "c"}, "hashAlgorithm": "SHA256", "signatureAlgorithm": "ECDSA"}}}]
        }
        """;

    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.Start();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("iot")]
    [InlineData("godwit")]
    public async Task A_plan_is_exact_and_writes_nothing(string service)
    {
        using var client = _server.Client(service);
        var answer = await client.Send("POST", "/godwit/plan", Whole("""{"downloadSeconds": 30}""", "1000"));
        Assert.Equal(200, answer.Status);
        Assert.Equal("COMPLETED", answer.Json.GetProperty("outcome").GetString());
        Assert.Equal(11, answer.Json.GetProperty("completedAtMinute").GetInt32());
        Assert.Equal(0, answer.Json.GetProperty("hurt").GetInt32());
        var fifth = answer.Json.GetProperty("timeline")[5];
        Assert.Equal([5, 500, 50, 450, 0, 0, 0, 0], new[] { "minute", "started", "inProgress", "succeeded", "failed", "rejected", "timedOut", "canceled" }.Select(name => fifth.GetProperty(name).GetInt32()));
        using var iot = _server.Client("iot");
        Assert.Empty((await iot.Get("/otaUpdates")).Json.GetProperty("otaUpdates").EnumerateArray());
    }

    [Fact]
    public async Task An_abort_is_foretold_with_those_that_it_hurts()
    {
        using var client = _server.Client("iot");
        var plan = (await client.Send("POST", "/godwit/plan", Whole("""{"downloadSeconds": 0, "failureRate": 1}""", "1000"))).Json;
        Assert.Equal(("CANCELED", 5, 1), (plan.GetProperty("outcome").GetString(), plan.GetProperty("hurt").GetInt32(), plan.GetProperty("completedAtMinute").GetInt32()));
        Assert.Equal("FAILED", plan.GetProperty("abortedBy").GetProperty("failureType").GetString());
        Assert.Contains(plan.GetProperty("findings").EnumerateArray(), finding => finding.GetProperty("field").GetString() == "awsJobTimeoutConfig");
    }

    [Fact]
    public async Task The_request_alone_takes_its_fleet_from_the_query_or_from_its_targets()
    {
        using var client = _server.Client("iot");
        var given = (await client.Send("POST", "/godwit/plan?fleet=70&seed=9", Update)).Json;
        Assert.Equal((70, 9), (given.GetProperty("fleet").GetInt32(), given.GetProperty("seed").GetInt32()));

        Assert.Equal("ResourceNotFoundException", (await client.Send("POST", "/godwit/plan", Update)).Exception);
        foreach (var thing in new[] { "a", "b", "c" })
            Assert.Equal(200, (await client.Send("POST", $"/things/{thing}", "{}")).Status);
        Assert.Equal(200, (await client.Send("POST", "/thing-groups/fleet", "{}")).Status);
        foreach (var thing in new[] { "a", "b" })
            Assert.Equal(200, (await client.Send("PUT", "/thing-groups/addThingToThingGroup", $$"""{"thingName": "{{thing}}", "thingGroupName": "fleet"}""")).Status);
        Assert.Equal(2, (await client.Send("POST", "/godwit/plan", Update)).Json.GetProperty("fleet").GetInt32());
    }

    [Fact]
    public async Task Stages_hold_the_plan_as_they_hold_the_rollout_and_what_is_left_out_is_named()
    {
        using var client = _server.Client("iot");
        var staged = JsonNode.Parse(Update)!;
        staged["additionalParameters"] = JsonNode.Parse("""{"godwit:stages": "1%,100%", "godwit:retry": "FAILED=2"}""");
        var good = (await client.Send("POST", "/godwit/plan", $$$"""{"request": {{{staged}}}, "fleet": 1000, "model": {"downloadSeconds": 600}, "seed": 4}""")).Json;
        Assert.Equal("COMPLETED", good.GetProperty("outcome").GetString());
        Assert.Equal(10, good.GetProperty("timeline")[9].GetProperty("started").GetInt32());
        Assert.Contains(good.GetProperty("findings").EnumerateArray(), finding => finding.GetProperty("field").GetString() == "godwit:retry");
        staged.AsObject().Remove("awsJobAbortConfig");
        var bad = (await client.Send("POST", "/godwit/plan", $$$"""{"request": {{{staged}}}, "fleet": 1000, "model": {"downloadSeconds": 600, "failureRate": 1}, "seed": 4}""")).Json;
        Assert.Equal(10, bad.GetProperty("hurt").GetInt32());
        staged["additionalParameters"] = JsonNode.Parse("""{"godwit:none": "1"}""");
        Assert.Equal(400, (await client.Send("POST", "/godwit/plan?fleet=10", staged.ToJsonString())).Status);
    }

    [Fact]
    public async Task A_request_that_CreateOTAUpdate_would_refuse_is_refused_in_its_words()
    {
        using var client = _server.Client("iot");
        var fast = JsonNode.Parse(Update)!;
        fast["awsJobExecutionsRolloutConfig"]!["exponentialRate"] = JsonNode.Parse("""{"baseRatePerMinute": 100, "incrementFactor": 2, "rateIncreaseCriteria": {"numberOfNotifiedThings": 5}}""");
        await SameAsCreate(fast);
        var without = JsonNode.Parse(Update)!;
        without.AsObject().Remove("files");
        await SameAsCreate(without);
        var wrong = JsonNode.Parse(Update)!;
        wrong["targetSelection"] = "SOME";
        await SameAsCreate(wrong);

        async Task SameAsCreate(JsonNode request)
        {
            var created = await client.Send("POST", "/otaUpdates/plan", request.ToJsonString());
            var planned = await client.Send("POST", "/godwit/plan?fleet=10", request.ToJsonString());
            Assert.Equal((400, created.Exception, created.Message), (planned.Status, planned.Exception, planned.Message));
        }
    }

    [Theory]
    [InlineData("POST", "/godwit/plan?fleet=0", Update, 400, "fleet must be a whole number")]
    [InlineData("POST", "/godwit/plan?fleet=1&seed=-1", Update, 400, "seed must be a whole number")]
    [InlineData("POST", "/godwit/plan", """{"request": {}, "flet": 1}""", 400, "no member 'flet'")]
    [InlineData("POST", "/godwit/plan", """{"request": {}, "fleet": 1.5}""", 400, "fleet must be a whole number")]
    [InlineData("POST", "/godwit/plan", """{"request": {}, "model": {"online": 2}}""", 400, "model.online must be a number from 0 to 1")]
    [InlineData("POST", "/godwit/plan", "[]", 400, "structure or map")]
    [InlineData("POST", "/godwit/plan", "{", 400, "not valid JSON")]
    [InlineData("GET", "/godwit/plan", null, 404, "POST /godwit/plan")]
    [InlineData("POST", "/godwit/plans", "{}", 404, "POST /godwit/plan")]
    public async Task What_is_wrong_is_named(string method, string path, string? body, int status, string expected)
    {
        using var client = _server.Client("iot");
        var answer = body is null ? await client.Send(method, path) : await client.Send(method, path, body);
        Assert.Equal(status, answer.Status);
        Assert.Contains(expected, answer.Message);
    }

    [Fact]
    public async Task Another_service_s_signature_and_none_at_all_are_refused()
    {
        using var signer = _server.Client("signer");
        Assert.Equal(404, (await signer.Send("POST", "/godwit/plan?fleet=1", Update)).Status);
        using var http = new HttpClient();
        var answer = await http.PostAsync(new Uri(_server.Address, "/godwit/plan?fleet=1"), new StringContent(Update), TestContext.Current.CancellationToken);
        Assert.Equal(403, (int)answer.StatusCode);
    }

    private static string Whole(string model, string fleet) => $$"""{"request": {{Update}}, "fleet": {{fleet}}, "model": {{model}}, "seed": 4}""";
}
