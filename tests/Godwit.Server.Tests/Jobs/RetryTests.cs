using Godwit.Server.Jobs;
using Godwit.Server.Storage;

namespace Godwit.Server.Tests.Jobs;

public sealed class RetryTests : IAsyncDisposable
{
    private readonly JobsHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_failure_is_tried_again_under_a_new_number_until_its_tries_are_used_up_and_only_then_the_job_completes()
    {
        await Start(Retry(("FAILED", 2)), "dev7");
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var execution = await _host.Execution("dev7", "job");
            Assert.Equal(("QUEUED", attempt + 1L, 1L), (execution.Status, execution.ExecutionNumber, execution.VersionNumber));
            Assert.Equal("IN_PROGRESS", (await _host.Job("job")).Status);
            await _host.Report("dev7", "job", "FAILED");
            await _host.Run();
        }
        Assert.Equal("COMPLETED", (await _host.Job("job")).Status);
        Assert.Equal(3, (await _host.Counts("job")).NumberOfFailedThings);
        var list = JobsHost.Ok(await _host.Get<ListJobExecutionsForJob>().Handle(JobsHost.Caller, new() { JobId = "job" }, JobsHost.Ct));
        Assert.Equal([0L, 1, 2], list.ExecutionSummaries.Select(summary => summary.JobExecutionSummary.RetryAttempt!.Value));
        Assert.Equal(["FAILED, retry 1", "FAILED, retry 2"], await Journal("RetryRule"));
    }

    /// <summary>Stages and rates count the things that the rollout has reached: executions less retries.</summary>
    [Fact]
    public async Task A_retry_that_is_deleted_counts_as_one_no_more()
    {
        await Start(Retry(("FAILED", 1)), "dev7", "dev8");
        await _host.Report("dev7", "job", "FAILED");
        await _host.Report("dev7", "job", "FAILED");
        Assert.Equal(1, await Retried());
        JobsHost.Ok(await _host.Get<DeleteJobExecution>().Handle(JobsHost.Caller, new() { JobId = "job", ThingName = "dev7", ExecutionNumber = 1 }, JobsHost.Ct));
        Assert.Equal(1, await Retried());
        JobsHost.Ok(await _host.Get<DeleteJobExecution>().Handle(JobsHost.Caller, new() { JobId = "job", ThingName = "dev7", ExecutionNumber = 2 }, JobsHost.Ct));
        Assert.Equal(0, await Retried());

        Task<long> Retried() => _host.Get<Database>().Read(session => session.First<long>("SELECT retried FROM job_progress"), JobsHost.Ct);
    }

    [Fact]
    public async Task Two_types_count_apart_and_a_rejection_is_final()
    {
        await Start(Retry(("FAILED", 1), ("TIMED_OUT", 1)), "dev7", "dev8");
        await _host.Report("dev7", "job", "FAILED");
        await _host.Report("dev7", "job", "IN_PROGRESS");
        await _host.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(("QUEUED", 3L), ((await _host.Execution("dev7", "job")).Status, (await _host.Execution("dev7", "job")).ExecutionNumber));
        await _host.Report("dev7", "job", "FAILED");
        await _host.Report("dev8", "job", "REJECTED");
        await _host.Run();
        Assert.Equal(("FAILED", 3L), ((await _host.Execution("dev7", "job")).Status, (await _host.Execution("dev7", "job")).ExecutionNumber));
        Assert.Equal("COMPLETED", (await _host.Job("job")).Status);
        await _host.Counts("job");
    }

    [Fact]
    public async Task A_device_hears_of_its_retry_once_by_each_topic()
    {
        await Start(Retry(("ALL", 1)), "dev7");
        await _host.Report("dev7", "job", "IN_PROGRESS");
        _host.Link.Heard.Clear();
        await _host.Report("dev7", "job", "FAILED");
        await _host.Push();
        Assert.Equal(["$aws/things/dev7/jobs/notify", "$aws/things/dev7/jobs/notify-next"], _host.Link.Heard.Select(message => message.Topic));
        Assert.All(_host.Link.Heard, message => Assert.Contains("\"executionNumber\":2", message.Payload, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_failure_that_aborts_the_job_is_not_tried_again()
    {
        await Start(
            request => Retry(("FAILED", 5))(request) with
            {
                AbortConfig = new() { CriteriaList = [new() { FailureType = "FAILED", Action = "CANCEL", ThresholdPercentage = 100, MinNumberOfExecutedThings = 2 }] },
            },
            "dev7");
        await _host.Report("dev7", "job", "FAILED");
        await _host.Report("dev7", "job", "FAILED");
        await _host.Run();
        Assert.Equal(("FAILED", 2L), ((await _host.Execution("dev7", "job")).Status, (await _host.Execution("dev7", "job")).ExecutionNumber));
        Assert.Equal("CANCELED", (await _host.Job("job")).Status);
        Assert.Equal(2, (await _host.Counts("job")).NumberOfFailedThings);
    }

    [Fact]
    public async Task Canceling_ends_the_retry_that_waits_and_a_late_failure_starts_none()
    {
        await Start(Retry(("FAILED", 5)), "dev7", "dev8");
        await _host.Report("dev7", "job", "FAILED");
        await _host.Report("dev8", "job", "IN_PROGRESS");
        JobsHost.Ok(await _host.Get<CancelJob>().Handle(JobsHost.Caller, new() { JobId = "job" }, JobsHost.Ct));
        await _host.Run();
        await _host.Report("dev8", "job", "FAILED");
        Assert.Equal(("CANCELED", 2L), ((await _host.Execution("dev7", "job")).Status, (await _host.Execution("dev7", "job")).ExecutionNumber));
        Assert.Equal(("FAILED", 1L), ((await _host.Execution("dev8", "job")).Status, (await _host.Execution("dev8", "job")).ExecutionNumber));
        await _host.Counts("job");
    }

    [Fact]
    public async Task Leaving_a_continuous_job_ends_the_retries_and_coming_back_begins_them_anew()
    {
        await _host.MakeThings("dev7", "dev8");
        await _host.MakeGroup("g", "dev7", "dev8");
        await _host.Create("job", [JobsHost.GroupArn("g")], request => Retry(("FAILED", 1))(request) with { TargetSelection = "CONTINUOUS" });
        await _host.Report("dev7", "job", "FAILED");
        await _host.Leave("g", "dev7");
        Assert.Equal("REMOVED", (await _host.Execution("dev7", "job")).Status);
        await _host.Join("g", "dev7");
        await _host.Report("dev7", "job", "FAILED");
        Assert.Equal(("QUEUED", 4L), ((await _host.Execution("dev7", "job")).Status, (await _host.Execution("dev7", "job")).ExecutionNumber));

        // One that is at it when it leaves may finish, but tries no more; if it comes back meanwhile, all its tries are there again.
        await _host.Report("dev7", "job", "IN_PROGRESS");
        await _host.Leave("g", "dev7");
        await _host.Join("g", "dev7");
        await _host.Report("dev7", "job", "FAILED");
        Assert.Equal(("QUEUED", 5L), ((await _host.Execution("dev7", "job")).Status, (await _host.Execution("dev7", "job")).ExecutionNumber));
        await _host.Report("dev8", "job", "IN_PROGRESS");
        await _host.Leave("g", "dev8");
        await _host.Report("dev8", "job", "FAILED");
        Assert.Equal(("FAILED", 1L), ((await _host.Execution("dev8", "job")).Status, (await _host.Execution("dev8", "job")).ExecutionNumber));
        await _host.Counts("job");
    }

    [Theory]
    [InlineData("ALL=1,FAILED=1", true, "A retryCriteria with failure type ALL must be used by itself.")]
    [InlineData("FAILED=1,FAILED=1", true, "A failure type is given twice in retryCriteria. Name each failure type once.")]
    [InlineData("FAILED=6,TIMED_OUT=5", true, "A thing can have 10 retries over all failure types. Lower numberOfRetries.")]
    [InlineData("TIMED_OUT=1", false, "Retries for TIMED_OUT need a timeoutConfig, and none is given. Set timeoutConfig.inProgressTimeoutInMinutes.")]
    public async Task What_makes_no_sense_is_refused(string criteria, bool timeout, string message)
    {
        await _host.MakeThings("dev7");
        var pairs = criteria.Split(',').Select(pair => pair.Split('=')).Select(pair => (pair[0], int.Parse(pair[1]))).ToArray();
        var made = await _host.TryCreate(
            "job", [JobsHost.ThingArn("dev7")], request => Retry(pairs)(request) with { TimeoutConfig = timeout ? new() { InProgressTimeoutInMinutes = 5 } : null });
        JobsHost.Refused(made, "InvalidRequestException", 400, message);
    }

    [Fact]
    public async Task Retries_can_be_ended_and_never_added()
    {
        await Start(Retry(("FAILED", 3), ("TIMED_OUT", 1)), "dev7");
        await Refused(Config(("FAILED", 0)), "FailureTypes must match existing FailureTypes defined in RetryConfig.");
        await Refused(Config(("FAILED", 0), ("TIMED_OUT", 2)), "The number of retries cannot be updated to any number other than 0.");
        JobsHost.Ok(await Update(Config(("TIMED_OUT", 0), ("FAILED", 0))));
        Assert.Equal(["TIMED_OUT", "FAILED"], (await _host.Job("job")).JobExecutionsRetryConfig!.CriteriaList.Select(criterion => criterion.FailureType));
        await _host.Report("dev7", "job", "FAILED");
        await _host.Run();
        Assert.Equal("COMPLETED", (await _host.Job("job")).Status);

        await _host.Create("plain", [JobsHost.ThingArn("dev7")]);
        JobsHost.Refused(
            await _host.Get<UpdateJob>().Handle(JobsHost.Caller, new() { JobId = "plain", JobExecutionsRetryConfig = Config(("FAILED", 0)) }, JobsHost.Ct),
            "InvalidRequestException", 400, "RetryConfig cannot be updated if the job has no RetryConfig defined during creation.");
    }

    private static JobExecutionsRetryConfig Config(params (string Type, int Retries)[] criteria) =>
        new() { CriteriaList = [.. criteria.Select(pair => new RetryCriteria { FailureType = pair.Type, NumberOfRetries = pair.Retries })] };

    private static Func<CreateJob.Request, CreateJob.Request> Retry(params (string Type, int Retries)[] criteria) => request =>
        request with { JobExecutionsRetryConfig = Config(criteria), TimeoutConfig = new() { InProgressTimeoutInMinutes = 5 } };

    private Task<Core.Result<Core.Nothing>> Update(JobExecutionsRetryConfig config) =>
        _host.Get<UpdateJob>().Handle(JobsHost.Caller, new() { JobId = "job", JobExecutionsRetryConfig = config }, JobsHost.Ct);

    private async Task Refused(JobExecutionsRetryConfig config, string message) => JobsHost.Refused(await Update(config), "InvalidRequestException", 400, message);

    private Task<List<string>> Journal(string kind) =>
        _host.Get<Database>().Read(session => session.Query<string>("SELECT why FROM journal WHERE kind = @kind ORDER BY seq", new { kind }), JobsHost.Ct);

    private async Task Start(Func<CreateJob.Request, CreateJob.Request> with, params string[] things)
    {
        await _host.MakeThings(things);
        await _host.Create("job", [.. things.Select(JobsHost.ThingArn)], with);
    }
}
