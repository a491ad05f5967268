using System.Text;
using Godwit.Server.Jobs;

namespace Godwit.Server.Tests.Jobs;

/// <summary>The jobs topics, byte for byte.</summary>
public sealed class DeviceTopicsTests : IAsyncDisposable
{
    private readonly JobsHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_new_job_is_pushed_to_an_idle_thing_as_list_and_as_next()
    {
        await _host.MakeThings("dev7");
        await _host.Create("rel42", [JobsHost.ThingArn("dev7")]);
        Assert.Equal(
            [
                ("$aws/things/dev7/jobs/notify",
                    """{"timestamp":1800000000,"jobs":{"QUEUED":[{"jobId":"rel42","queuedAt":1800000000,"lastUpdatedAt":1800000000,"versionNumber":1,"executionNumber":1}]}}"""),
                ("$aws/things/dev7/jobs/notify-next",
                    """{"timestamp":1800000000,"execution":{"jobId":"rel42","status":"QUEUED","queuedAt":1800000000,"lastUpdatedAt":1800000000,"versionNumber":1,"executionNumber":1,"jobDocument":{"do":"it"}}}"""),
            ],
            _host.Link.Heard);
    }

    [Fact]
    public async Task The_classic_agents_walk_is_answered_as_it_was_seen()
    {
        await _host.MakeThings("dev7");
        await _host.Create("rel42", [JobsHost.ThingArn("dev7")]);
        _host.Link.Heard.Clear();
        _host.Time.Advance(TimeSpan.FromSeconds(100));

        Assert.Equal(
            ("$next/get/accepted",
                """{"clientToken":":dev7","timestamp":1800000100,"execution":{"jobId":"rel42","status":"QUEUED","queuedAt":1800000000,"lastUpdatedAt":1800000000,"versionNumber":1,"executionNumber":1,"jobDocument":{"do":"it"}}}"""),
            await _host.Mqtt("dev7", "$next/get", """{"clientToken":":dev7"}"""));
        Assert.Equal(
            ("rel42/update/accepted", """{"timestamp":1800000100}"""),
            await _host.Mqtt("dev7", "rel42/update", """{"status":"IN_PROGRESS","statusDetails":{"receive":"1/3"}}"""));
        Assert.Equal(
            ("rel42/update/accepted", """{"timestamp":1800000100}"""),
            await _host.Mqtt("dev7", "rel42/update", """{"status":"IN_PROGRESS","statusDetails":{"self_test":"ready","updatedBy":"0x00090002"}}"""));
        await _host.Push();
        Assert.Empty(_host.Link.Heard);

        // After the reboot: the details are all that is known, the report before has been replaced.
        Assert.Equal(
            ("$next/get/accepted",
                """{"timestamp":1800000100,"execution":{"jobId":"rel42","status":"IN_PROGRESS","statusDetails":{"self_test":"ready","updatedBy":"0x00090002"},"queuedAt":1800000000,"startedAt":1800000100,"lastUpdatedAt":1800000100,"versionNumber":3,"executionNumber":1,"jobDocument":{"do":"it"}}}"""),
            await _host.Mqtt("dev7", "$next/get"));
        await _host.Mqtt("dev7", "rel42/update", """{"status":"SUCCEEDED","statusDetails":{"reason":"accepted  v0.9.3"}}""");
        await _host.Push();
        Assert.Equal(
            [
                ("$aws/things/dev7/jobs/notify", """{"timestamp":1800000100,"jobs":{}}"""),
                ("$aws/things/dev7/jobs/notify-next", """{"timestamp":1800000100}"""),
            ],
            _host.Link.Heard);
        await _host.Run();
        Assert.Equal("COMPLETED", (await _host.Job("rel42")).Status);
        Assert.Equal("accepted  v0.9.3", (await _host.Execution("dev7", "rel42")).StatusDetails!.DetailsMap["reason"]);
    }

    [Fact]
    public async Task Start_next_asked_twice_keeps_version_2_and_the_first_details()
    {
        await _host.MakeThings("dev7");
        await _host.Create("rel42", [JobsHost.ThingArn("dev7")]);
        _host.Link.Heard.Clear();
        var first = await _host.Mqtt("dev7", "start-next", """{"clientToken":"test","statusDetails":{"a":"1"}}""");
        Assert.Equal(
            ("start-next/accepted",
                """{"clientToken":"test","timestamp":1800000000,"execution":{"jobId":"rel42","status":"IN_PROGRESS","statusDetails":{"a":"1"},"queuedAt":1800000000,"startedAt":1800000000,"lastUpdatedAt":1800000000,"versionNumber":2,"executionNumber":1,"jobDocument":{"do":"it"}}}"""),
            first);
        Assert.Equal(first, await _host.Mqtt("dev7", "start-next", """{"clientToken":"test","statusDetails":{"a":"2"}}"""));
        await _host.Push();
        Assert.Empty(_host.Link.Heard);
        Assert.Equal("rel42/update/accepted", (await _host.Mqtt("dev7", "rel42/update", """{"status":"SUCCEEDED","expectedVersion":"2"}""")).Topic);
        Assert.Equal(("start-next/accepted", """{"clientToken":"test","timestamp":1800000000}"""), await _host.Mqtt("dev7", "start-next", """{"clientToken":"test"}"""));
    }

    [Theory]
    [InlineData("\"1\"", true)]
    [InlineData("1", true)]
    [InlineData("\"99\"", false)]
    [InlineData("99", false)]
    public async Task The_expected_version_may_be_a_number_or_a_text(string version, bool fits)
    {
        await _host.MakeThings("dev7");
        await _host.Create("rel42", [JobsHost.ThingArn("dev7")]);
        var reply = await _host.Mqtt("dev7", "rel42/update", $$"""{"status":"IN_PROGRESS","expectedVersion":{{version}}}""");
        if (fits)
            Assert.Equal("rel42/update/accepted", reply.Topic);
        else
            Assert.Equal(
                ("rel42/update/rejected",
                    """{"code":"VersionMismatch","message":"Expected version 99 but found version 1","timestamp":1800000000,"executionState":{"status":"QUEUED","versionNumber":1}}"""),
                reply);
    }

    [Fact]
    public async Task The_pending_list_always_has_both_lists()
    {
        await _host.MakeThings("dev7");
        Assert.Equal(
            ("get/accepted", """{"inProgressJobs":[],"queuedJobs":[],"timestamp":1800000000,"clientToken":""}"""),
            await _host.Mqtt("dev7", "get", """{"clientToken":""}"""));
        await _host.Create("a", [JobsHost.ThingArn("dev7")]);
        await _host.Advance(TimeSpan.FromSeconds(1));
        await _host.Create("b", [JobsHost.ThingArn("dev7")]);
        await _host.Report("dev7", "b", "IN_PROGRESS");
        Assert.Equal(
            """{"inProgressJobs":[{"jobId":"b","queuedAt":1800000001,"startedAt":1800000001,"lastUpdatedAt":1800000001,"versionNumber":2,"executionNumber":1}],"queuedJobs":[{"jobId":"a","queuedAt":1800000000,"lastUpdatedAt":1800000000,"versionNumber":1,"executionNumber":1}],"timestamp":1800000001}""",
            (await _host.Mqtt("dev7", "get", "")).Payload);
    }

    [Theory]
    [InlineData("", "accepted")]
    [InlineData("{}", "accepted")]
    [InlineData("""{"thingName":"dev7","jobId":"$next","nonsense":[1,{}]}""", "accepted")]
    [InlineData("[]", "InvalidJson")]
    [InlineData("\"text\"", "InvalidJson")]
    [InlineData("{", "InvalidJson")]
    [InlineData("{\"clientToken\":\"\\ud800\"}", "InvalidJson")]
    [InlineData("""{"clientToken":7}""", "InvalidRequest")]
    [InlineData("""{"executionNumber":"x"}""", "InvalidRequest")]
    [InlineData("""{"includeJobDocument":"perhaps"}""", "InvalidRequest")]
    public async Task A_payload_is_taken_as_far_as_it_makes_sense(string payload, string verdict)
    {
        await _host.MakeThings("dev7");
        var (topic, answer) = await _host.Mqtt("dev7", "$next/get", payload);
        if (verdict == "accepted")
            Assert.Equal(("$next/get/accepted", """{"timestamp":1800000000}"""), (topic, answer));
        else
            Assert.StartsWith($$"""{"code":"{{verdict}}","message":""", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_not_utf8_are_broken_json()
    {
        await _host.MakeThings("dev7");
        var (topic, answer) = await _host.Mqtt("dev7", "get", [.. "{\"clientToken\":\""u8, 0xFF, 0xFE, .. "\"}"u8]);
        Assert.Equal("get/rejected", topic);
        Assert.Contains("InvalidJson", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_token_over_64_bytes_is_refused_and_not_given_back()
    {
        await _host.MakeThings("dev7");
        var fits = new string('t', 64);
        Assert.Equal($$"""{"clientToken":"{{fits}}","timestamp":1800000000}""", (await _host.Mqtt("dev7", "$next/get", $$"""{"clientToken":"{{fits}}"}""")).Payload);
        var (topic, answer) = await _host.Mqtt("dev7", "$next/get", $$"""{"clientToken":"{{fits}}t"}""");
        Assert.Equal("$next/get/rejected", topic);
        Assert.StartsWith("""{"code":"InvalidRequest",""", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("\"clientToken\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_topic_that_names_no_operation_is_refused_by_name()
    {
        await _host.MakeThings("dev7");
        var (topic, answer) = await _host.Mqtt("dev7", "$next/update");
        Assert.Equal("$next/update/rejected", topic);
        Assert.StartsWith("""{"code":"InvalidTopic",""", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("QUEUED", "InvalidStateTransition", true)]
    [InlineData("CANCELED", "InvalidRequest", false)]
    [InlineData("TIMED_OUT", "InvalidRequest", false)]
    [InlineData("REMOVED", "InvalidRequest", false)]
    [InlineData("DONE", "InvalidRequest", false)]
    public async Task A_status_that_is_not_the_devices_is_refused(string status, string code, bool withState)
    {
        await _host.MakeThings("dev7");
        await _host.Create("rel42", [JobsHost.ThingArn("dev7")]);
        var (_, answer) = await _host.Mqtt("dev7", "rel42/update", $$"""{"status":"{{status}}"}""");
        Assert.StartsWith($$"""{"code":"{{code}}",""", answer, StringComparison.Ordinal);
        Assert.Equal(withState, answer.Contains("executionState", StringComparison.Ordinal));
        Assert.Equal((1L, "QUEUED"), ((await _host.Execution("dev7", "rel42")).VersionNumber, (await _host.Execution("dev7", "rel42")).Status));
    }

    [Fact]
    public async Task What_is_over_stays_over_at_both_doors()
    {
        await _host.MakeThings("dev7");
        await _host.Create("rel42", [JobsHost.ThingArn("dev7")]);
        await _host.Report("dev7", "rel42", "FAILED");
        Assert.Equal(
            """{"code":"TerminalStateReached","message":"Job execution is in terminal state FAILED and cannot be changed.","clientToken":"t","timestamp":1800000000,"executionState":{"status":"FAILED","versionNumber":2}}""",
            (await _host.Mqtt("dev7", "rel42/update", """{"status":"SUCCEEDED","clientToken":"t","expectedVersion":7}""")).Payload);
        Assert.StartsWith("""{"code":"TerminalStateReached",""", (await _host.Mqtt("dev7", "rel42/get")).Payload, StringComparison.Ordinal);
        JobsHost.Refused(
            await _host.Update("dev7", "rel42", "SUCCEEDED"), "InvalidStateTransitionException", 409, "Job execution is in terminal state FAILED and cannot be changed.");
        JobsHost.Refused(
            await _host.Get<Server.Jobs.Device.DescribeJobExecution>().Handle(
                JobsHost.Caller, new Server.Jobs.Device.DescribeJobExecution.Request { ThingName = "dev7", JobId = "rel42" }, JobsHost.Ct),
            "TerminalStateException", 410, "Job execution is in terminal state FAILED.");
        Assert.Equal("FAILED", (await _host.Execution("dev7", "rel42")).Status);
    }

    [Fact]
    public async Task Unknown_things_and_jobs_are_not_found()
    {
        await _host.MakeThings("dev7");
        foreach (var rest in (string[])["nojob/get", "nojob/update"])
            Assert.StartsWith("""{"code":"ResourceNotFound",""", (await _host.Mqtt("dev7", rest, """{"status":"FAILED"}""")).Payload, StringComparison.Ordinal);
        foreach (var rest in (string[])["get", "start-next", "$next/get"])
            Assert.StartsWith("""{"code":"ResourceNotFound",""", (await _host.Mqtt("ghost", rest)).Payload, StringComparison.Ordinal);
    }

    [Fact]
    public async Task State_and_document_come_with_the_reply_on_demand()
    {
        await _host.MakeThings("dev7");
        await _host.Create("rel42", [JobsHost.ThingArn("dev7")]);
        Assert.Equal(
            """{"timestamp":1800000000,"executionState":{"status":"IN_PROGRESS","statusDetails":{"error_code":"17"},"versionNumber":2},"jobDocument":{"do":"it"}}""",
            (await _host.Mqtt(
                "dev7", "rel42/update",
                """{"status":"IN_PROGRESS","statusDetails":{"error_code":17},"includeJobExecutionState":true,"includeJobDocument":"true","expectedVersion":1}""")).Payload);
    }

    [Fact]
    public async Task Details_have_AWSs_bounds()
    {
        await _host.MakeThings("dev7");
        await _host.Create("rel42", [JobsHost.ThingArn("dev7")]);
        foreach (var details in (string[])
                 [
                     $$"""{"a":"{{new string('v', 1025)}}"}""", """{"a":""}""", """{"a b":"v"}""", """{"a":"x\ny"}""", """{"a":{}}""", "[]",
                     "{" + string.Join(',', Enumerable.Range(0, 11).Select(i => $"\"k{i}\":\"v\"")) + "}",
                 ])
            Assert.StartsWith(
                """{"code":"InvalidRequest",""",
                (await _host.Mqtt("dev7", "rel42/update", $$"""{"status":"IN_PROGRESS","statusDetails":{{details}}}""")).Payload, StringComparison.Ordinal);
        Assert.Equal(1, (await _host.Execution("dev7", "rel42")).VersionNumber);
    }

    [Fact]
    public async Task Urls_in_the_document_are_signed_anew_each_time_and_not_escaped()
    {
        await _host.MakeThings("dev7");
        const string document = """{"a":{"url":"${aws:iot:s3-presigned-url:https://s3.us-east-1.amazonaws.com/bucket/fw/app v1.bin}","none":null,"up":"${aws:iot:s3-presigned-url-upload:https://bucket.s3.amazonaws.com/logs/${thingName}/${jobId}-${executionNumber}}"}}""";
        await _host.Create("rel42", [JobsHost.ThingArn("dev7")], request => request with
        {
            Document = document, PresignedUrlConfig = new PresignedUrlConfig { RoleArn = "arn:aws:iam::000000000000:role/r", ExpiresInSec = 60 },
        });
        var first = (await _host.Mqtt("dev7", "$next/get")).Payload;
        _host.Time.Advance(TimeSpan.FromMinutes(2));
        var second = (await _host.Mqtt("dev7", "$next/get")).Payload;
        Assert.Contains("\"jobDocument\":{\"a\":{\"url\":\"https://files.example/bucket/fw/app%20v1.bin?", first, StringComparison.Ordinal);
        Assert.Contains("&X-Amz-Expires=60&", first, StringComparison.Ordinal);
        Assert.Contains("\"up\":\"https://files.example/bucket/logs/dev7/rel42-1?", first, StringComparison.Ordinal);
        Assert.DoesNotContain("null", first, StringComparison.Ordinal);
        Assert.DoesNotContain("\\u", first, StringComparison.Ordinal);
        Assert.NotEqual(Signature(first), Signature(second));
        Assert.Equal(document, JobsHost.Ok(await _host.Get<GetJobDocument>().Handle(JobsHost.Caller, new GetJobDocument.Request { JobId = "rel42" }, JobsHost.Ct)).Document);

        static string Signature(string payload) => payload.Split("X-Amz-Signature=")[1][..64];
    }

    [Fact]
    public async Task Details_survive_a_restart()
    {
        await _host.MakeThings("dev7");
        await _host.Create("rel42", [JobsHost.ThingArn("dev7")]);
        await _host.Mqtt("dev7", "rel42/update", """{"status":"IN_PROGRESS","statusDetails":{"self_test":"ready"}}""");
        await _host.Restart();
        Assert.Contains("\"statusDetails\":{\"self_test\":\"ready\"}", (await _host.Mqtt("dev7", "$next/get")).Payload, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_http_door_gives_the_document_as_a_text_and_the_thing_by_name()
    {
        await _host.MakeThings("dev7");
        await _host.Create("rel42", [JobsHost.ThingArn("dev7")]);
        var started = JobsHost.Ok(await _host.Get<Server.Jobs.Device.StartNextPendingJobExecution>().Handle(
            JobsHost.Caller, new Server.Jobs.Device.StartNextPendingJobExecution.Request { ThingName = "dev7" }, JobsHost.Ct)).Execution!;
        Assert.Equal(("dev7", """{"do":"it"}""", 1_800_000_000, 2), (started.ThingName, started.JobDocument, started.StartedAt, started.VersionNumber));
        var updated = JobsHost.Ok(await _host.Update("dev7", "rel42", "IN_PROGRESS", expectedVersion: 2));
        Assert.Null(updated.ExecutionState);
        JobsHost.Refused(
            await _host.Update("dev7", "rel42", "SUCCEEDED", expectedVersion: 99), "InvalidStateTransitionException", 409, "Expected version 99 but found version 3");
        JobsHost.Refused(
            await _host.Update("dev7", "rel42", "CANCELED"), "InvalidStateTransitionException", 409, "The status of job execution cannot be changed to be CANCELED");
    }
}
