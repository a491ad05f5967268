using CsCheck;
using Godwit.Core.Jobs;
using Godwit.Core.Journal;
using Godwit.Server.Jobs;
using Godwit.Server.Journal;
using Godwit.Server.Storage;

namespace Godwit.Server.Tests.Jobs;

public sealed class JobAsOfTests
{
    private sealed record Seen(string JobId, DateTimeOffset At, string Status, bool Paused, JobCounts Counts);

    /// <summary>A random life of two jobs; what the tables said at each moment is what the journal says of it afterwards.</summary>
    [Fact]
    public Task The_journal_tells_of_any_moment_what_the_tables_said_then() => Gen.Int[0, 11].Array[5, 30].SampleAsync(async steps =>
    {
        await using var host = new JobsHost();
        var seen = new List<Seen>();
        var things = Enumerable.Range(0, 6).Select(i => $"t{i}").ToArray();
        await host.MakeThings(things);
        await host.MakeGroup("g", things[..4]);
        await Make(host, "one");
        await Make(host, "two");
        for (var i = 0; i < steps.Length; i++)
        {
            host.Time.Advance(TimeSpan.FromSeconds(1 + (steps[i] * i % 50)));
            await Step(host, steps[i], i % 2 == 0 ? "one" : "two", things[(i * 5) % things.Length]);
            await host.Run();
            foreach (var job in (string[])["one", "two"])
                if (await Look(host, job) is { } now)
                    seen.Add(now);
            host.Time.Advance(TimeSpan.FromMilliseconds(500));
        }
        foreach (var was in seen)
        {
            var told = JobsHost.Ok(await host.Get<DescribeJobAsOf>().Handle(JobsHost.Caller, new(was.JobId, was.At), JobsHost.Ct));
            Assert.Equal(was, new Seen(told.JobId, told.AsOf, told.Status, told.Paused, told.Counts));
        }
    }, iter: 25);

    [Fact]
    public async Task Summed_stretches_tell_the_same_as_the_records()
    {
        await using var host = new JobsHost();
        await host.MakeThings("dev7");
        await host.Create("job", [JobsHost.ThingArn("dev7")]);
        var random = new Random(7);
        string[] states = ["QUEUED", "IN_PROGRESS", "SUCCEEDED", "FAILED"];
        var moments = new List<DateTimeOffset>();
        for (var round = 0; round < 12; round++)
        {
            host.Time.Advance(TimeSpan.FromSeconds(10));
            await host.Get<Database>().Write(
                session =>
                {
                    for (var i = 0; i < 1100; i++)
                        session.Record(new Fact(
                            JobsHost.Caller.Account, "arn", "UpdateJobExecution", $"x{i}", random.Next(3) == 0 ? null : states[random.Next(2)], states[random.Next(4)], null, $"t{i}", i % 5 == 0 ? "other" : "job"));
                    return true;
                },
                JobsHost.Ct);
            moments.Add(host.Time.GetUtcNow());
        }
        var before = await Told();
        var folded = 0;
        while (await host.Get<JournalStretches>().Fold(JobsHost.Ct))
            folded++;
        Assert.Equal(3, folded);
        Assert.Equal(before, await Told());
        Assert.Equal(12, before.Distinct().Count());

        async Task<List<JobCounts>> Told()
        {
            var told = new List<JobCounts>();
            foreach (var at in moments)
                told.Add(JobsHost.Ok(await host.Get<DescribeJobAsOf>().Handle(JobsHost.Caller, new("job", at), JobsHost.Ct)).Counts);
            return told;
        }
    }

    [Fact]
    public async Task Before_its_creation_and_after_its_deletion_there_was_no_job()
    {
        await using var host = new JobsHost();
        await host.MakeThings("dev7");
        host.Time.Advance(TimeSpan.FromMinutes(1));
        await host.Create("job", [JobsHost.ThingArn("dev7")]);
        host.Time.Advance(TimeSpan.FromMinutes(1));
        JobsHost.Ok(await host.Get<DeleteJob>().Handle(JobsHost.Caller, new() { JobId = "job", Force = true }, JobsHost.Ct));
        await host.Run();
        foreach (var minutes in (double[])[0.5, 2.5])
            Assert.Equal("ResourceNotFoundException", (await host.Get<DescribeJobAsOf>().Handle(JobsHost.Caller, new("job", JobsHost.Start.AddMinutes(minutes)), JobsHost.Ct)).Error?.Code);
        Assert.Equal(1, JobsHost.Ok(await host.Get<DescribeJobAsOf>().Handle(JobsHost.Caller, new("job", JobsHost.Start.AddMinutes(1.5)), JobsHost.Ct)).Counts.Queued);
    }

    [Fact]
    public async Task The_journal_is_read_by_thing_and_by_job_page_by_page()
    {
        await using var host = new JobsHost();
        await host.MakeThings("dev7", "dev8");
        await host.Create("job", [JobsHost.ThingArn("dev7"), JobsHost.ThingArn("dev8")]);
        await host.Report("dev7", "job", "SUCCEEDED");
        var all = new List<GetJournal.Record>();
        string? token = null;
        do
        {
            var page = JobsHost.Ok(await host.Get<GetJournal>().Handle(JobsHost.Caller, new(null, "job", 1, token), JobsHost.Ct));
            all.Add(Assert.Single(page.Records));
            token = page.NextToken;
        }
        while (token is not null);
        Assert.Equal(["CreateJob", "RolloutPace", "RolloutPace", "UpdateJobExecution"], all.Select(record => record.Kind));
        Assert.All(all, record => Assert.Equal(64, record.Hash.Length));
        var own = JobsHost.Ok(await host.Get<GetJournal>().Handle(JobsHost.Caller, new("dev7", "job", null, null), JobsHost.Ct));
        Assert.Equal([(null, "QUEUED"), ("QUEUED", "SUCCEEDED")], own.Records.Select(record => (record.From, record.To)));
        var everything = JobsHost.Ok(await host.Get<GetJournal>().Handle(JobsHost.Caller, new(null, null, null, null), JobsHost.Ct)).Records.Select(record => record.Seq).ToList();
        Assert.Equal(everything.Order(), everything);
        Assert.Superset(all.Select(record => record.Seq).ToHashSet(), everything.ToHashSet());
        var newest = JobsHost.Ok(await host.Get<GetJournal>().Handle(JobsHost.Caller, new(null, "job", null, null, Newest: true), JobsHost.Ct)).Records;
        Assert.Equal(all.Select(record => record.Seq).Reverse(), newest.Select(record => record.Seq));
        Assert.Equal("InvalidRequestException", (await host.Get<GetJournal>().Handle(JobsHost.Caller, new("dev7", null, 1001, null), JobsHost.Ct)).Error?.Code);
    }

    [Fact]
    public async Task A_paused_rollout_reaches_nothing_further_and_goes_on_at_its_rate()
    {
        await using var host = new JobsHost();
        var things = Enumerable.Range(0, 10).Select(i => $"t{i}").ToArray();
        await host.MakeThings(things);
        await host.MakeGroup("g", things[..9]);
        await host.Create(
            "job", [JobsHost.GroupArn("g")], request => request with { TargetSelection = "CONTINUOUS", JobExecutionsRolloutConfig = new() { MaximumPerMinute = 1 } });
        Assert.True(await Pause(host, hold: true));
        await host.Join("g", "t9");
        await host.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, (await host.Counts("job")).NumberOfQueuedThings);
        await host.Restart();
        await host.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, (await host.Counts("job")).NumberOfQueuedThings);
        Assert.False(await Pause(host, hold: false));
        Assert.False(await Pause(host, hold: false));
        await host.Run();
        Assert.InRange((await host.Counts("job")).NumberOfQueuedThings, 1, 2);
        for (var minute = 0; minute < 12; minute++)
            await host.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(10, (await host.Counts("job")).NumberOfQueuedThings);
        Assert.Equal(
            ["PauseJob", "ResumeJob"],
            (await host.Get<Database>().Read(s => s.Query<string>("SELECT kind FROM journal WHERE kind IN ('PauseJob', 'ResumeJob') ORDER BY seq"), JobsHost.Ct)));
        JobsHost.Ok(await host.Get<CancelJob>().Handle(JobsHost.Caller, new() { JobId = "job" }, JobsHost.Ct));
        Assert.Equal("InvalidRequestException", (await host.Get<PauseJob>().Handle(JobsHost.Caller, new("job", true), JobsHost.Ct)).Error?.Code);
        Assert.Equal("ResourceNotFoundException", (await host.Get<PauseJob>().Handle(JobsHost.Caller, new("none", true), JobsHost.Ct)).Error?.Code);
    }

    private static async Task<bool> Pause(JobsHost host, bool hold) => JobsHost.Ok(await host.Get<PauseJob>().Handle(JobsHost.Caller, new("job", hold), JobsHost.Ct)).Paused;

    private static Task Make(JobsHost host, string jobId) => host.TryCreate(jobId, [JobsHost.GroupArn("g")], request => request with
    {
        TargetSelection = jobId == "one" ? "CONTINUOUS" : "SNAPSHOT",
        JobExecutionsRolloutConfig = new() { MaximumPerMinute = 30 },
        TimeoutConfig = new() { InProgressTimeoutInMinutes = 1 },
        JobExecutionsRetryConfig = new() { CriteriaList = [new() { FailureType = "ALL", NumberOfRetries = 2 }] },
    });

    /// <summary>One thing that may happen; what is refused changes nothing.</summary>
    private static Task Step(JobsHost host, int step, string job, string thing) => step switch
    {
        0 => host.Update(thing, job, "IN_PROGRESS"),
        1 => host.Update(thing, job, "SUCCEEDED"),
        2 => host.Update(thing, job, "FAILED"),
        3 => host.Update(thing, job, "REJECTED"),
        4 => host.Get<Server.Things.AddThingToThingGroup>().Handle(JobsHost.Caller, new() { ThingGroupName = "g", ThingName = thing }, JobsHost.Ct),
        5 => host.Get<Server.Things.RemoveThingFromThingGroup>().Handle(JobsHost.Caller, new() { ThingGroupName = "g", ThingName = thing }, JobsHost.Ct),
        6 => host.Get<CancelJobExecution>().Handle(JobsHost.Caller, new() { JobId = job, ThingName = thing, Force = true }, JobsHost.Ct),
        7 => host.Get<DeleteJobExecution>().Handle(JobsHost.Caller, new() { JobId = job, ThingName = thing, ExecutionNumber = 1, Force = true }, JobsHost.Ct),
        8 => host.Get<PauseJob>().Handle(JobsHost.Caller, new(job, true), JobsHost.Ct),
        9 => host.Get<PauseJob>().Handle(JobsHost.Caller, new(job, false), JobsHost.Ct),
        10 => host.Get<CancelJob>().Handle(JobsHost.Caller, new() { JobId = job }, JobsHost.Ct),
        _ => Again(host, job),
    };

    /// <summary>The id comes to another life.</summary>
    private static async Task Again(JobsHost host, string job)
    {
        await host.Get<DeleteJob>().Handle(JobsHost.Caller, new() { JobId = job, Force = true }, JobsHost.Ct);
        await host.Run();
        await Make(host, job);
    }

    private static async Task<Seen?> Look(JobsHost host, string jobId)
    {
        var found = await host.Get<DescribeJob>().Handle(JobsHost.Caller, new() { JobId = jobId }, JobsHost.Ct);
        if (!found.IsOk)
            return null;
        var details = await host.Counts(jobId);
        var paused = await host.Get<Database>().Read(s => s.First<long>("SELECT paused FROM job WHERE job_id = @jobId", new { jobId }), JobsHost.Ct);
        return new Seen(jobId, host.Time.GetUtcNow(), found.Value.Job.Status, paused != 0, new JobCounts(
            details.NumberOfQueuedThings, details.NumberOfInProgressThings, details.NumberOfSucceededThings, details.NumberOfFailedThings,
            details.NumberOfTimedOutThings, details.NumberOfRejectedThings, details.NumberOfRemovedThings, details.NumberOfCanceledThings));
    }
}
