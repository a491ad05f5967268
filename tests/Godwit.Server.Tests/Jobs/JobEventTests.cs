using System.Text.Json.Nodes;
using Godwit.Server.Events;
using Godwit.Server.Jobs;

namespace Godwit.Server.Tests.Jobs;

public sealed class JobEventTests : IAsyncDisposable
{
    private readonly JobsHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Nothing_is_said_before_someone_asks_and_every_type_is_shown_as_off()
    {
        await Start("dev7");
        await _host.Report("dev7", "job", "SUCCEEDED");
        await _host.Run();
        Assert.Empty(Events());
        var shown = JobsHost.Ok(await _host.Get<DescribeEventConfigurations>().Handle(JobsHost.Caller, new(), JobsHost.Ct));
        Assert.Equal(EventTypes.All, shown.EventConfigurations.Keys);
        Assert.All(shown.EventConfigurations.Values, configuration => Assert.False(configuration.Enabled));
        Assert.Null(shown.CreationDate);
    }

    [Fact]
    public async Task A_types_switch_moves_alone_and_a_type_that_does_not_exist_is_refused()
    {
        await Switch(("JOB", true), ("THING", true));
        await Switch(("JOB", false));
        var shown = JobsHost.Ok(await _host.Get<DescribeEventConfigurations>().Handle(JobsHost.Caller, new(), JobsHost.Ct));
        Assert.Equal(["THING"], shown.EventConfigurations.Where(pair => pair.Value.Enabled).Select(pair => pair.Key));
        Assert.Equal(JobsHost.Start, shown.CreationDate);
        var refused = await _host.Get<UpdateEventConfigurations>().Handle(
            JobsHost.Caller, new() { EventConfigurations = new Dictionary<string, Configuration> { ["NONE"] = new() } }, JobsHost.Ct);
        Assert.Equal("InvalidRequestException", refused.Error?.Code);
    }

    [Fact]
    public async Task The_end_of_an_execution_and_of_its_job_are_told_once()
    {
        await Switch(("JOB", true), ("JOB_EXECUTION", true));
        await Start("dev7", "dev8");
        await _host.Mqtt("dev7", "job/update", """{"status":"FAILED","statusDetails":{"reason":"0xe3"}}""");
        await _host.Report("dev8", "job", "SUCCEEDED");
        await _host.Run();
        await _host.Run();
        Assert.Equal(["jobExecution/job/failed", "jobExecution/job/succeeded", "job/job/completed"], Events().Select(message => message.Topic));

        var execution = Events()[0].Payload;
        Assert.NotEqual((string?)execution["eventId"], (string?)Events()[1].Payload["eventId"]);
        execution.Remove("eventId");
        Assert.Equal(
            """{"eventType":"JOB_EXECUTION","timestamp":1800000000,"operation":"failed","jobId":"job","thingArn":"arn:aws:iot:us-east-1:000000000000:thing/dev7","status":"FAILED","statusDetails":{"reason":"0xe3"}}""",
            execution.ToJsonString());
        var job = Events()[2].Payload;
        job.Remove("eventId");
        Assert.Equal(
            """{"eventType":"JOB","timestamp":1800000000,"operation":"completed","jobId":"job","status":"COMPLETED","targetSelection":"SNAPSHOT","targets":["arn:aws:iot:us-east-1:000000000000:thing/dev7","arn:aws:iot:us-east-1:000000000000:thing/dev8"],"completedAt":1800000000000,"createdAt":1800000000000,"lastUpdatedAt":1800000000000,"jobProcessDetails":{"numberOfCanceledThings":0,"numberOfRejectedThings":0,"numberOfFailedThings":1,"numberOfRemovedThings":0,"numberOfSucceededThings":1}}""",
            job.ToJsonString());
    }

    [Fact]
    public async Task Canceling_and_deleting_are_told_when_they_begin_and_when_they_are_through()
    {
        await Switch(("JOB", true), ("JOB_EXECUTION", true));
        await Start("dev7");
        JobsHost.Ok(await _host.Get<CancelJob>().Handle(JobsHost.Caller, new() { JobId = "job", Comment = "no more" }, JobsHost.Ct));
        await _host.Run();
        JobsHost.Ok(await _host.Get<DeleteJobExecution>().Handle(JobsHost.Caller, new() { JobId = "job", ThingName = "dev7", ExecutionNumber = 1 }, JobsHost.Ct));
        JobsHost.Ok(await _host.Get<DeleteJob>().Handle(JobsHost.Caller, new() { JobId = "job" }, JobsHost.Ct));
        await _host.Run();
        Assert.Equal(
            [
                "job/job/cancellation_in_progress", "jobExecution/job/canceled", "job/job/canceled", "jobExecution/job/deleted", "job/job/deletion_in_progress",
                "job/job/deleted",
            ],
            Events().Select(message => message.Topic));
        Assert.Equal(("CANCELLATION_IN_PROGRESS", "no more"), ((string?)Events()[0].Payload["status"], (string?)Events()[0].Payload["comment"]));
        Assert.Equal("DELETED", (string?)Events()[5].Payload["status"]);
    }

    [Fact]
    public async Task Time_outs_removals_and_rejections_are_told_too()
    {
        await Switch(("JOB_EXECUTION", true));
        await _host.MakeThings("a", "b", "c");
        await _host.MakeGroup("g", "a", "b", "c");
        await _host.Create(
            "job", [JobsHost.GroupArn("g")], request => request with { TargetSelection = "CONTINUOUS", TimeoutConfig = new() { InProgressTimeoutInMinutes = 1 } });
        await _host.Report("a", "job", "IN_PROGRESS");
        await _host.Advance(TimeSpan.FromMinutes(1));
        await _host.Leave("g", "b");
        await _host.Report("c", "job", "REJECTED");
        Assert.Equal(["jobExecution/job/timed_out", "jobExecution/job/removed", "jobExecution/job/rejected"], Events().Select(message => message.Topic));
    }

    private List<(string Topic, JsonObject Payload)> Events() =>
        [.. _host.Link.Heard.Where(message => message.Topic.StartsWith("$aws/events/", StringComparison.Ordinal))
            .Select(message => (message.Topic["$aws/events/".Length..], JsonNode.Parse(message.Payload)!.AsObject()))];

    private async Task Switch(params (string Type, bool On)[] types) => JobsHost.Ok(await _host.Get<UpdateEventConfigurations>().Handle(
        JobsHost.Caller, new() { EventConfigurations = types.ToDictionary(pair => pair.Type, pair => new Configuration { Enabled = pair.On }) }, JobsHost.Ct));

    private async Task Start(params string[] things)
    {
        await _host.MakeThings(things);
        await _host.Create("job", [.. things.Select(JobsHost.ThingArn)]);
    }
}
