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
    public async Task Stages_hold_the_plan_as_they_hold_the_rollout()
    {
        var asked = """{"godwit:stages": "1%,100%", "godwit:shuffle": "7"}""";
        var good = await Plan(asked, """{"downloadSeconds": 600}""", 1000);
        Assert.Equal("COMPLETED", good.GetProperty("outcome").GetString());
        Assert.Equal(10, good.GetProperty("timeline")[9].GetProperty("started").GetInt32());
        Assert.Equal([(1.0, 10), (100, 990)], good.GetProperty("stages").EnumerateArray().Select(stage => (stage.GetProperty("percent").GetDouble(), stage.GetProperty("started").GetInt32())));
        var bad = await Plan(asked, """{"downloadSeconds": 600, "failureRate": 1}""", 1000, abort: false);
        Assert.Equal(10, bad.GetProperty("hurt").GetInt32());
        using var client = _server.Client("iot");
        Assert.Equal(400, (await client.Send("POST", "/godwit/plan?fleet=10", With("""{"godwit:none": "1"}""").ToJsonString())).Status);
    }

    [Fact]
    public async Task Retries_are_planned_outside_the_rate_and_hurt_each_device_once()
    {
        var plan = await Plan("""{"godwit:retry": "FAILED=2"}""", """{"downloadSeconds": 10, "failureRate": 1}""", 10, abort: false);
        Assert.Equal(("COMPLETED", 10, 20), (plan.GetProperty("outcome").GetString(), plan.GetProperty("hurt").GetInt32(), plan.GetProperty("retried").GetInt32()));
        Assert.Equal((30, 30), (plan.GetProperty("totals").GetProperty("started").GetInt32(), plan.GetProperty("totals").GetProperty("failed").GetInt32()));
        // The failure that stops the job is not tried again: two that were, and the first of the third, or the like.
        var aborted = await Plan("""{"godwit:retry": "FAILED=2"}""", """{"downloadSeconds": 0, "failureRate": 1}""", 1000);
        Assert.Equal("CANCELED", aborted.GetProperty("outcome").GetString());
        var (failed, retried) = (aborted.GetProperty("totals").GetProperty("failed").GetInt32(), aborted.GetProperty("retried").GetInt32());
        Assert.InRange(retried, 1, 4);
        Assert.Equal(failed - retried, aborted.GetProperty("hurtInTheEnd").GetInt32());
    }

    [Fact]
    public async Task What_waits_in_the_queue_for_too_long_times_out_in_a_plan_too()
    {
        var plan = await Plan("""{"godwit:queuedTimeoutMinutes": "30"}""", """{"downloadSeconds": 10, "online": 0.5}""", 100);
        Assert.Equal("COMPLETED", plan.GetProperty("outcome").GetString());
        Assert.Equal((50, 50), (plan.GetProperty("totals").GetProperty("succeeded").GetInt32(), plan.GetProperty("totals").GetProperty("timedOut").GetInt32()));
        Assert.InRange(plan.GetProperty("completedAtMinute").GetInt32(), 31, 32);
    }

    [Fact]
    public async Task A_plan_counts_from_the_start_time_and_ends_as_asked()
    {
        var asked = """{"godwit:start": "2030-01-02T12:00", "godwit:end": "2030-01-02T13:00", "godwit:endBehavior": "CANCEL"}""";
        var plan = await Plan(asked, """{"downloadSeconds": 10}""", 100_000, at: "2030-01-02T10:00:00Z");
        Assert.Equal(("CANCELED", "endTime", "2030-01-02T12:00:00Z"), (plan.GetProperty("outcome").GetString(), plan.GetProperty("canceledBy").GetString(), plan.GetProperty("startsAt").GetString()));
        Assert.Equal((61, 94_000), (plan.GetProperty("completedAtMinute").GetInt32(), plan.GetProperty("notReached").GetInt32()));
        Assert.Equal(0, plan.GetProperty("abortedShare").GetDouble());
        using var client = _server.Client("iot");
        var late = await client.Send("POST", "/godwit/plan?fleet=10&at=2030-01-02T11:45:00Z", With(asked).ToJsonString());
        Assert.Equal((400, "startTime 2030-01-02T12:00 must lie at least 30 minutes in the future; it is 2030-01-02T11:45 now."), (late.Status, late.Message));
        Assert.Equal(400, (await client.Send("POST", "/godwit/plan?fleet=10&at=noon", Update)).Status);
    }

    [Fact]
    public async Task Windows_open_and_close_in_a_plan()
    {
        var node = With("""{"godwit:maintenanceWindow": "cron(0 2 ? * * *) 60"}""");
        node["targetSelection"] = "CONTINUOUS";
        using var client = _server.Client("iot");
        var plan = (await client.Send("POST", "/godwit/plan", $$$"""{"request": {{{node}}}, "fleet": 10000, "model": {"downloadSeconds": 0}, "at": "2030-01-01T00:00:00Z"}""")).Json;
        int Started(int minute) => plan.GetProperty("timeline")[minute].GetProperty("started").GetInt32();
        Assert.Equal((0, 6000, 6000, 6000, 10_000), (Started(120), Started(180), Started(181), Started(1560), Started(1600)));
    }

    [Fact]
    public async Task A_fleet_without_history_is_refused_and_so_is_a_model_beside_it()
    {
        using var client = _server.Client("iot");
        var empty = await client.Send("POST", "/godwit/plan?fleet=10&history=true", Update);
        Assert.Equal((400, "InvalidRequestException"), (empty.Status, empty.Exception));
        Assert.Contains("has no execution that a device has ended: nothing is known of this fleet yet.", empty.Message);
        Assert.Contains("both are given", (await client.Send("POST", "/godwit/plan", $$$"""{"request": {{{Update}}}, "fleet": 10, "model": {}, "history": true}""")).Message);
        Assert.Contains("history must be true or false", (await client.Send("POST", "/godwit/plan?fleet=10&history=1", Update)).Message);
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

    private static JsonNode With(string additional)
    {
        var node = JsonNode.Parse(Update)!;
        node["additionalParameters"] = JsonNode.Parse(additional);
        return node;
    }

    private async Task<JsonElement> Plan(string additional, string model, int fleet, bool abort = true, string at = "2030-01-01T00:00:00Z")
    {
        var node = With(additional);
        if (!abort)
            node.AsObject().Remove("awsJobAbortConfig");
        using var client = _server.Client("iot");
        var answer = await client.Send("POST", "/godwit/plan", $$$"""{"request": {{{node}}}, "fleet": {{{fleet}}}, "model": {{{model}}}, "seed": 4, "at": "{{{at}}}"}""");
        Assert.Equal(200, answer.Status);
        return answer.Json;
    }
}
