using Godwit.Core;
using Godwit.Server.Jobs;
using Godwit.Server.Storage;

namespace Godwit.Server.Tests.Jobs;

public sealed class JobOperationTests : IAsyncDisposable
{
    private readonly JobsHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_job_is_shown_as_it_was_asked_for()
    {
        await _host.MakeThings("dev7");
        await _host.Create("rel42", [JobsHost.ThingArn("dev7")], request => request with
        {
            Description = "the fix",
            TimeoutConfig = new() { InProgressTimeoutInMinutes = 5 },
            JobExecutionsRolloutConfig = new() { MaximumPerMinute = 7 },
            PresignedUrlConfig = new() { RoleArn = "arn:aws:iam::000000000000:role/r", ExpiresInSec = 300 },
        });
        var job = await _host.Job("rel42");
        Assert.Equal("arn:aws:iot:us-east-1:000000000000:job/rel42", job.JobArn);
        Assert.Equal(("IN_PROGRESS", "SNAPSHOT", "the fix", 5, 7, 300), (
            job.Status, job.TargetSelection, job.Description, job.TimeoutConfig!.InProgressTimeoutInMinutes, job.JobExecutionsRolloutConfig!.MaximumPerMinute,
            job.PresignedUrlConfig!.ExpiresInSec));
        Assert.Equal([JobsHost.ThingArn("dev7")], job.Targets);
        Assert.Equal(JobsHost.Start, job.CreatedAt);
        Assert.Null(job.CompletedAt);
    }

    [Fact]
    public async Task What_cannot_be_a_job_is_refused_and_leaves_nothing()
    {
        await _host.MakeThings("dev7");
        string[] here = [JobsHost.ThingArn("dev7")];
        JobsHost.Refused(await _host.TryCreate("a", here, r => r with { Document = null }), "InvalidRequestException", 400,
            "Neither job document nor job document source is specified.");
        JobsHost.Refused(await _host.TryCreate("a", here, r => r with { DocumentSource = "s3://b/k" }), "InvalidRequestException", 400,
            "Job document and job document source cannot be specified at the same time.");
        await Refused("InvalidRequestException", here, r => r with { Document = "{" });
        await Refused("InvalidRequestException", here, r => r with { Document = """{"u":"${aws:iot:s3-presigned-url:https://s3.amazonaws.com/b/k}"}""" });
        await Refused("LimitExceededException", here, r => r with
        {
            Document = "[" + string.Join(',', Enumerable.Repeat("\"${aws:iot:s3-presigned-url:https://s3.amazonaws.com/b/k}\"", 11)) + "]",
            PresignedUrlConfig = new() { RoleArn = "arn:aws:iam::000000000000:role/r" },
        });
        await Refused("ResourceNotFoundException", [JobsHost.ThingArn("ghost")], r => r);
        await Refused("ResourceNotFoundException", ["nonsense"], r => r);
        await Refused("ResourceNotFoundException", ["arn:aws:iot:us-east-1:999999999999:thing/dev7"], r => r);
        await Refused("InvalidRequestException", [.. here, .. here], r => r);
        await Refused("LimitExceededException", [.. Enumerable.Range(0, 101).Select(i => JobsHost.ThingArn($"t{i}"))], r => r);
        JobsHost.Refused(await _host.TryCreate("a", here, r => r with { TimeoutConfig = new() { InProgressTimeoutInMinutes = 0 } }), "InvalidRequestException", 400,
            "Provide valid timeout value, inProgressTimeoutInMinutes cannot be 0.");
        JobsHost.Refused(await _host.TryCreate("a", here, r => r with { TimeoutConfig = new() }), "InvalidRequestException", 400,
            "Provide valid timeout value, inProgressTimeoutInMinutes cannot be null.");
        JobsHost.Refused(await _host.TryCreate("a", here, r => r with { JobExecutionsRolloutConfig = new() }), "InvalidRequestException", 400,
            "Provide MaximumPerMinute value or provide ExponentialRate and MaximumPerMinute");
        await Refused("InvalidRequestException", here, r => r with { JobExecutionsRolloutConfig = new() { MaximumPerMinute = 1001 } });
        await Refused("InvalidRequestException", here, r => r with
        {
            AbortConfig = new() { CriteriaList = [new() { FailureType = "ALL", Action = "CANCEL", ThresholdPercentage = 0, MinNumberOfExecutedThings = 1 }] },
        });
        Assert.Equal(0, await _host.Get<Database>().Read(
            s => s.First<long>("SELECT (SELECT COUNT(*) FROM job) + (SELECT COUNT(*) FROM job_target) + (SELECT COUNT(*) FROM job_pending)"), JobsHost.Ct));

        async Task Refused(string code, string[] targets, Func<CreateJob.Request, CreateJob.Request> with) =>
            Assert.Equal(code, (await _host.TryCreate("a", targets, with)).Error?.Code);
    }

    [Theory]
    [InlineData(null, 10, 1, null, "Provide MaximumPerMinute value when ExponentialRate is defined")]
    [InlineData(10, 10, 1, null, "Exponential rollout baseRatePerMinute should be less than maximumPerMinute.")]
    [InlineData(50, 10, null, null, "Provide either NumberOfNotifiedThings or NumberOfSucceededThings when RateIncreaseCriteria is defined")]
    [InlineData(50, 10, 1, 1, "Provide only one of NumberOfNotifiedThings or NumberOfSucceededThings when RateIncreaseCriteria is defined")]
    public async Task An_exponential_rate_is_refused_in_AWSs_words(int? maximum, int baseRate, int? notified, int? succeeded, string text)
    {
        await _host.MakeThings("dev7");
        JobsHost.Refused(
            await _host.TryCreate("a", [JobsHost.ThingArn("dev7")], request => request with
            {
                JobExecutionsRolloutConfig = new()
                {
                    MaximumPerMinute = maximum,
                    ExponentialRate = new()
                    {
                        BaseRatePerMinute = baseRate, IncrementFactor = 2,
                        RateIncreaseCriteria = new() { NumberOfNotifiedThings = notified, NumberOfSucceededThings = succeeded },
                    },
                },
            }),
            "InvalidRequestException", 400, text);
    }

    [Fact]
    public async Task A_job_id_is_taken_until_the_job_is_deleted()
    {
        await _host.MakeThings("dev7");
        await _host.Create("a", [JobsHost.ThingArn("dev7")]);
        var again = (await _host.TryCreate("a", [JobsHost.ThingArn("dev7")])).Error!;
        Assert.Equal(("ResourceAlreadyExistsException", 409, "a"), (again.Code, again.Status, again.Members!["resourceId"]));
        JobsHost.Ok(await Delete("a", force: true));
        JobsHost.Refused(await _host.Get<DescribeJob>().Handle(JobsHost.Caller, new() { JobId = "a" }, JobsHost.Ct), "ResourceNotFoundException", 404, "Job a cannot be found.");
        await _host.Create("a", [JobsHost.ThingArn("dev7")]);
        Assert.Equal(1, (await _host.Execution("dev7", "a")).ExecutionNumber);
    }

    [Fact]
    public async Task A_document_is_fetched_from_its_source_once()
    {
        await _host.MakeThings("dev7");
        var missing = await _host.TryCreate("a", [JobsHost.ThingArn("dev7")], request => request with { Document = null, DocumentSource = "https://s3.amazonaws.com/nobucket/doc.json" });
        Assert.Equal("InvalidRequestException", missing.Error?.Code);
        Assert.Contains("nobucket/doc.json", missing.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancel_leaves_what_runs_unless_forced_and_forced_reaches_it_later_too()
    {
        await _host.MakeThings("a", "b");
        await _host.Create("job", [JobsHost.ThingArn("a"), JobsHost.ThingArn("b")]);
        await _host.Report("a", "job", "IN_PROGRESS");
        JobsHost.Ok(await Cancel("job", force: false));
        Assert.Equal(("CANCELED", "IN_PROGRESS", "CANCELED"), ((await _host.Job("job")).Status, (await _host.Execution("a", "job")).Status, (await _host.Execution("b", "job")).Status));
        JobsHost.Refused(await Cancel("job", force: false), "InvalidRequestException", 400, "Job job in status CANCELED cannot be canceled.");
        JobsHost.Ok(await Cancel("job", force: true));
        var forced = await _host.Execution("a", "job");
        Assert.Equal(("CANCELED", true, 3L), (forced.Status, forced.ForceCanceled, forced.VersionNumber));
        Assert.True((await _host.Job("job")).ForceCanceled);
        Assert.Equal(2, (await _host.Counts("job")).NumberOfCanceledThings);
        Assert.StartsWith("""{"code":"TerminalStateReached",""", (await _host.Mqtt("a", "job/update", """{"status":"SUCCEEDED"}""")).Payload, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_runs_is_deleted_only_by_force()
    {
        await _host.MakeThings("a");
        await _host.Create("job", [JobsHost.ThingArn("a")]);
        var refused = (await Delete("job", force: false)).Error!;
        Assert.Equal(("InvalidStateTransitionException", 409), (refused.Code, refused.Status));
        Assert.Equal("QUEUED", (await _host.Execution("a", "job")).Status);
        JobsHost.Ok(await Delete("job", force: true));
        Assert.StartsWith("""{"code":"ResourceNotFound",""", (await _host.Mqtt("a", "job/update", """{"status":"SUCCEEDED"}""")).Payload, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_execution_is_canceled_and_deleted_by_its_own_operations()
    {
        await _host.MakeThings("a", "b");
        await _host.Create("job", [JobsHost.ThingArn("a"), JobsHost.ThingArn("b")]);
        await _host.Report("a", "job", "IN_PROGRESS");
        var cancel = _host.Get<CancelJobExecution>();
        JobsHost.Refused(await cancel.Handle(JobsHost.Caller, new() { JobId = "job", ThingName = "a", ExpectedVersion = 9 }, JobsHost.Ct),
            "VersionConflictException", 409, "Expected version 9 but found version 2");
        JobsHost.Refused(await cancel.Handle(JobsHost.Caller, new() { JobId = "job", ThingName = "a" }, JobsHost.Ct),
            "InvalidStateTransitionException", 409, "A job execution in status IN_PROGRESS cannot be canceled. Set force to true.");
        JobsHost.Ok(await cancel.Handle(
            JobsHost.Caller, new() { JobId = "job", ThingName = "a", Force = true, StatusDetails = new Dictionary<string, string> { ["by"] = "me" } }, JobsHost.Ct));
        Assert.Equal("me", (await _host.Execution("a", "job")).StatusDetails!.DetailsMap["by"]);
        await _host.Counts("job");

        var delete = _host.Get<DeleteJobExecution>();
        Assert.Equal("InvalidStateTransitionException", (await delete.Handle(JobsHost.Caller, new() { JobId = "job", ThingName = "b", ExecutionNumber = 1 }, JobsHost.Ct)).Error?.Code);
        JobsHost.Ok(await delete.Handle(JobsHost.Caller, new() { JobId = "job", ThingName = "b", ExecutionNumber = 1, Force = true }, JobsHost.Ct));
        Assert.Equal("ResourceNotFoundException", (await delete.Handle(JobsHost.Caller, new() { JobId = "job", ThingName = "b", ExecutionNumber = 1 }, JobsHost.Ct)).Error?.Code);
        await _host.Run();
        Assert.Equal(1, (await _host.Counts("job")).NumberOfCanceledThings);
        Assert.Equal("COMPLETED", (await _host.Job("job")).Status);
    }

    [Fact]
    public async Task Update_replaces_what_it_names_and_new_criteria_hold_for_what_has_happened()
    {
        await _host.MakeThings("a", "b");
        await _host.Create("job", [JobsHost.ThingArn("a"), JobsHost.ThingArn("b")]);
        await _host.Report("a", "job", "FAILED");
        JobsHost.Refused(await Update(new() { JobId = "job" }), "InvalidRequestException", 400, "Update Job request for job job cannot be empty.");
        JobsHost.Refused(await Update(new() { JobId = "none", Description = "x" }), "ResourceNotFoundException", 404, "Job none cannot be found.");
        JobsHost.Ok(await Update(new() { JobId = "job", Description = "new", TimeoutConfig = new() { InProgressTimeoutInMinutes = 3 } }));
        await _host.Report("b", "job", "IN_PROGRESS");
        Assert.Equal(("new", 180), ((await _host.Job("job")).Description, (await _host.Execution("b", "job")).ApproximateSecondsBeforeTimedOut));
        JobsHost.Ok(await Update(new()
        {
            JobId = "job",
            AbortConfig = new() { CriteriaList = [new() { FailureType = "FAILED", Action = "CANCEL", ThresholdPercentage = 100, MinNumberOfExecutedThings = 1 }] },
        }));
        await _host.Run();
        Assert.Equal("CANCELED", (await _host.Job("job")).Status);
        JobsHost.Refused(await Update(new() { JobId = "job", Description = "x" }), "InvalidRequestException", 400, "Job job in status CANCELED cannot be updated.");

        Task<Result<Nothing>> Update(UpdateJob.Request request) => _host.Get<UpdateJob>().Handle(JobsHost.Caller, request, JobsHost.Ct);
    }

    [Fact]
    public async Task Lists_come_in_pages_and_by_filter()
    {
        await _host.MakeThings("a", "b", "c");
        await _host.MakeGroup("g", "a", "b", "c");
        for (var i = 0; i < 5; i++)
        {
            await _host.Create($"job{i}", [i == 3 ? JobsHost.GroupArn("g") : JobsHost.ThingArn("a")]);
            await _host.Advance(TimeSpan.FromSeconds(1));
        }
        await _host.Report("a", "job1", "SUCCEEDED");
        await _host.Run();
        Assert.Equal(["job4", "job3", "job2", "job1", "job0"], await Jobs(new() { MaxResults = 2 }));
        Assert.Equal(["job1"], await Jobs(new() { Status = "COMPLETED" }));
        Assert.Equal(["job3"], await Jobs(new() { ThingGroupName = "g" }));
        Assert.Empty(await Jobs(new() { TargetSelection = "CONTINUOUS" }));
        JobsHost.Refused(await _host.Get<ListJobs>().Handle(JobsHost.Caller, new() { NextToken = "zz" }, JobsHost.Ct), "InvalidRequestException", 400, "Next token is invalid.");

        var forJob = JobsHost.Ok(await _host.Get<ListJobExecutionsForJob>().Handle(JobsHost.Caller, new() { JobId = "job3", MaxResults = 2 }, JobsHost.Ct));
        Assert.Equal([JobsHost.ThingArn("a"), JobsHost.ThingArn("b")], forJob.ExecutionSummaries.Select(summary => summary.ThingArn));
        var rest = JobsHost.Ok(await _host.Get<ListJobExecutionsForJob>().Handle(JobsHost.Caller, new() { JobId = "job3", NextToken = forJob.NextToken }, JobsHost.Ct));
        Assert.Equal([JobsHost.ThingArn("c")], rest.ExecutionSummaries.Select(summary => summary.ThingArn));
        Assert.Null(rest.NextToken);

        var forThing = JobsHost.Ok(await _host.Get<ListJobExecutionsForThing>().Handle(JobsHost.Caller, new() { ThingName = "a", MaxResults = 3 }, JobsHost.Ct));
        Assert.Equal(["job4", "job3", "job2"], forThing.ExecutionSummaries.Select(summary => summary.JobId));
        forThing = JobsHost.Ok(await _host.Get<ListJobExecutionsForThing>().Handle(JobsHost.Caller, new() { ThingName = "a", NextToken = forThing.NextToken }, JobsHost.Ct));
        Assert.Equal(["job1", "job0"], forThing.ExecutionSummaries.Select(summary => summary.JobId));
        Assert.Equal("ResourceNotFoundException", (await _host.Get<ListJobExecutionsForThing>().Handle(JobsHost.Caller, new() { ThingName = "ghost" }, JobsHost.Ct)).Error?.Code);

        async Task<List<string>> Jobs(ListJobs.Request request)
        {
            var ids = new List<string>();
            do
            {
                var page = JobsHost.Ok(await _host.Get<ListJobs>().Handle(JobsHost.Caller, request, JobsHost.Ct));
                ids.AddRange(page.Jobs.Select(job => job.JobId));
                request = request with { NextToken = page.NextToken };
            }
            while (request.NextToken is not null);
            return ids;
        }
    }

    [Fact]
    public async Task Every_change_is_in_the_journal_with_its_author_and_cause()
    {
        await _host.MakeThings("a", "b");
        await _host.Create("job", [JobsHost.ThingArn("a"), JobsHost.ThingArn("b")], request => request with { TimeoutConfig = new() { InProgressTimeoutInMinutes = 1 } });
        await _host.Mqtt("a", "start-next");
        await _host.Mqtt("a", "job/update", """{"status":"FAILED","statusDetails":{"reason":"0x000000e3: 0x00000000"}}""");
        await _host.Mqtt("b", "start-next");
        await _host.Advance(TimeSpan.FromMinutes(1));
        var facts = await _host.Get<Database>().Read(
            s => s.Query<(string Who, string Kind, string Subject, string? From, string? To, string? Why)>(
                "SELECT who, kind, subject, state_from, state_to, why FROM journal WHERE job = 'job' ORDER BY seq"), JobsHost.Ct);
        const string tester = "arn:aws:iam::000000000000:user/tester", service = "arn:aws:iot:us-east-1:000000000000:godwit", device = "arn:aws:iot:us-east-1:000000000000:cert/abc";
        Assert.Equal(
            [
                (tester, "CreateJob", "job/job", null, "IN_PROGRESS", null),
                (service, "RolloutPace", "job/job/thing/a/1", null, "QUEUED", null),
                (service, "RolloutPace", "job/job/thing/b/1", null, "QUEUED", null),
                (device, "StartNextPendingJobExecution", "job/job/thing/a/1", "QUEUED", "IN_PROGRESS", null),
                (device, "UpdateJobExecution", "job/job/thing/a/1", "IN_PROGRESS", "FAILED", "0x000000e3: 0x00000000"),
                (device, "StartNextPendingJobExecution", "job/job/thing/b/1", "QUEUED", "IN_PROGRESS", null),
                (service, "TimeoutRule", "job/job/thing/b/1", "IN_PROGRESS", "TIMED_OUT", "inProgressTimeoutInMinutes"),
                (service, "JobTick", "job/job", "IN_PROGRESS", "COMPLETED", null),
            ],
            facts);
    }

    [Fact]
    public async Task A_device_that_comes_too_late_is_told_why_its_job_was_canceled()
    {
        await _host.MakeThings("a", "b");
        await _host.Create("job", [JobsHost.ThingArn("a"), JobsHost.ThingArn("b")]);
        await _host.Report("a", "job", "IN_PROGRESS");
        JobsHost.Ok(await _host.Get<CancelJob>().Handle(
            JobsHost.Caller, new() { JobId = "job", ReasonCode = "BAD_IMAGE", Comment = "bricks rev3 " + new string('x', 500), Force = true }, JobsHost.Ct));
        foreach (var (thing, rest) in new[] { ("a", "job/update"), ("a", "job/get"), ("b", "job/update") })
        {
            var (topic, payload) = await _host.Mqtt(thing, rest, """{"status":"SUCCEEDED"}""");
            Assert.Equal(rest + "/rejected", topic);
            Assert.Contains("The job was canceled: BAD_IMAGE, bricks rev3 xxx", payload, StringComparison.Ordinal);
            Assert.InRange(payload.Length, 0, 700);
        }
        // Who cancels an execution alone gives no reason.
        await _host.Create("other", [JobsHost.ThingArn("a")]);
        JobsHost.Ok(await _host.Get<CancelJobExecution>().Handle(JobsHost.Caller, new() { JobId = "other", ThingName = "a" }, JobsHost.Ct));
        Assert.Contains("in terminal state CANCELED and cannot be changed.\"", (await _host.Mqtt("a", "other/update", """{"status":"SUCCEEDED"}""")).Payload, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_journal_tells_what_an_update_of_a_job_changed()
    {
        await _host.MakeThings("a");
        await _host.Create("job", [JobsHost.ThingArn("a")]);
        JobsHost.Ok(await _host.Get<UpdateJob>().Handle(
            JobsHost.Caller, new() { JobId = "job", Description = "slow", JobExecutionsRolloutConfig = new() { MaximumPerMinute = 7 } }, JobsHost.Ct));
        Assert.Equal(
            """description "slow", jobExecutionsRolloutConfig {"MaximumPerMinute":7}""",
            await _host.Get<Database>().Read(s => s.First<string>("SELECT why FROM journal WHERE kind = 'UpdateJob'"), JobsHost.Ct));
    }

    private Task<Result<CancelJob.Response>> Cancel(string jobId, bool force) =>
        _host.Get<CancelJob>().Handle(JobsHost.Caller, new CancelJob.Request { JobId = jobId, Force = force }, JobsHost.Ct);

    private Task<Result<Nothing>> Delete(string jobId, bool force) =>
        _host.Get<DeleteJob>().Handle(JobsHost.Caller, new DeleteJob.Request { JobId = jobId, Force = force }, JobsHost.Ct);
}
