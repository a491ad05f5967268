using Godwit.Server.Jobs;
using Godwit.Server.Jobs.Progress;
using Godwit.Server.Storage;

namespace Godwit.Server.Tests.Jobs;

public sealed class JobProgressTests
{
    [Fact]
    public async Task Progress_tells_counts_curve_steps_and_causes_of_a_running_job()
    {
        await using var host = new JobsHost();
        var things = Enumerable.Range(0, 6).Select(i => $"dev{i}").ToArray();
        await host.MakeThings(things);
        await host.Create("job", [.. things.Select(JobsHost.ThingArn)], request => request with
        {
            JobExecutionsRolloutConfig = new() { MaximumPerMinute = 1 },
            AbortConfig = new() { CriteriaList = [new() { FailureType = "FAILED", Action = "CANCEL", ThresholdPercentage = 80, MinNumberOfExecutedThings = 3 }] },
        });
        for (var i = 0; i < 4; i++)
            await host.Advance(TimeSpan.FromMinutes(1));
        await host.Mqtt("dev0", "job/update", """{"status":"IN_PROGRESS","statusDetails":{"receive":"1/9"}}""");
        await host.Advance(TimeSpan.FromSeconds(20));
        await host.Mqtt("dev0", "job/update", """{"status":"IN_PROGRESS","statusDetails":{"self_test":"ready","updatedBy":"0x01000000"}}""");
        await host.Mqtt("dev1", "job/update", """{"status":"IN_PROGRESS","statusDetails":{"self_test":"active"}}""");
        await host.Advance(TimeSpan.FromSeconds(10));
        await host.Mqtt("dev0", "job/update", """{"status":"SUCCEEDED","statusDetails":{"reason":"accepted  v1.1.0"}}""");
        await host.Mqtt("dev2", "job/update", """{"status":"FAILED","statusDetails":{"reason":"0x000000e3: 0x00000000"}}""");

        var now = await Progress(host);
        Assert.Equal(6, now.Things);
        Assert.Equal(6 - now.Counts.All, now.Pending);
        Assert.Equal((1L, 1L, 1L), (now.Counts.Succeeded, now.Counts.Failed, now.Counts.InProgress));
        Assert.Equal(1, now.SelfTest);
        Assert.Equal((now.Counts.All, 1L, 1L), (now.Curve[^1].Started, now.Curve[^1].Succeeded, now.Curve[^1].Hurt));
        Assert.Equal(now.Curve.OrderBy(point => point.AtSecond), now.Curve);
        Assert.Equal(20, now.Steps.Download?.P50);
        Assert.Equal(10, now.Steps.SelfTest?.P50);
        Assert.Equal("dev2", Assert.Single(Assert.Single(now.Failures).Things));
        Assert.Equal((1L, 2L), (now.Abort[0].Failures, now.Abort[0].Executed));
        Assert.Equal("dev1", Assert.Single(now.Quiet).ThingName);

        var cells = await Cells(host, null);
        Assert.Equal("stf", cells.Cells![..3]);
        Assert.Equal(6, cells.Cells.Length);
        Assert.Equal(now.Pending, cells.Cells.Count(cell => cell == '.'));
        Assert.Equal("dev2", (await Cells(host, 2)).ThingName);
        JobsHost.Refused(await host.Get<ListJobCells>().Handle(JobsHost.Caller, new("job", 6), JobsHost.Ct), "InvalidRequestException", 400, "at is 6 and the job has cells from 0 to 5.");
    }

    [Fact]
    public async Task A_stopped_rollout_tells_how_many_it_spared()
    {
        await using var host = new JobsHost();
        var things = Enumerable.Range(0, 6).Select(i => $"dev{i}").ToArray();
        await host.MakeThings(things);
        await host.Create("job", [.. things.Select(JobsHost.ThingArn)], request => request with { JobExecutionsRolloutConfig = new() { MaximumPerMinute = 1 } });
        await host.Advance(TimeSpan.FromMinutes(1));
        var before = await Progress(host);
        Assert.Equal((6, 0), (before.Things, before.Spared));
        JobsHost.Ok(await host.Get<CancelJob>().Handle(JobsHost.Caller, new() { JobId = "job" }, JobsHost.Ct));
        await host.Run();
        var after = await Progress(host);
        Assert.Equal((6L, 0L, before.Pending), (after.Things, after.Pending, after.Spared));
        Assert.Equal(6, after.Counts.Canceled + after.Spared);
    }

    [Fact]
    public async Task A_picture_is_made_anew_when_the_job_has_moved()
    {
        await using var host = new JobsHost();
        await host.MakeThings("dev0");
        await host.Create("job", [JobsHost.ThingArn("dev0")]);
        Assert.Equal("q", (await Cells(host, null)).Cells);
        await host.Report("dev0", "job", "SUCCEEDED");
        Assert.Equal("s", (await Cells(host, null)).Cells);
    }

    [Fact]
    public async Task Pictures_are_kept_within_their_bytes_and_those_seen_last_stay()
    {
        await using var host = new JobsHost();
        await host.MakeThings("dev0");
        foreach (var job in (string[])["one", "two", "three"])
            await host.Create(job, [JobsHost.ThingArn("dev0")]);
        var each = await Look("one", new JobPictures(host.Get<Database>(), host.Time));
        var pictures = new JobPictures(host.Get<Database>(), host.Time, 2 * each.Bytes);
        var one = await Look("one", pictures);
        var two = await Look("two", pictures);
        Assert.Same(one, await Look("one", pictures));
        await Look("three", pictures);
        Assert.InRange(pictures.Bytes, 2 * each.Bytes, (2 * each.Bytes) + 10);
        Assert.Same(one, await Look("one", pictures));
        Assert.NotSame(two, await Look("two", pictures));

        Task<JobPicture> Look(string job, JobPictures by) => host.Get<Database>().Read(
            session => by.Of(session, JobStore.Find(session, JobsHost.Caller.Account, job)!, 1)!, JobsHost.Ct);
    }

    private static async Task<DescribeJobProgress.Response> Progress(JobsHost host) =>
        JobsHost.Ok(await host.Get<DescribeJobProgress>().Handle(JobsHost.Caller, new("job"), JobsHost.Ct));

    private static async Task<ListJobCells.Response> Cells(JobsHost host, int? at) =>
        JobsHost.Ok(await host.Get<ListJobCells>().Handle(JobsHost.Caller, new("job", at), JobsHost.Ct));
}
