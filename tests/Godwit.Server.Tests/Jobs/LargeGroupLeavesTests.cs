using Godwit.Server.Jobs;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Tests.Jobs;

/// <summary>A group of twenty thousand things is deleted under a CONTINUOUS job: its things leave in pieces, with the outcome of one.</summary>
public sealed class LargeGroupLeavesTests : IAsyncDisposable
{
    private const int Things = 20_000;

    /// <summary>The first of them have their execution, the others wait for the rollout.</summary>
    private const int Reached = 2_000;

    private readonly JobsHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Its_things_lose_what_they_have_not_begun_in_bounded_pieces_across_a_restart()
    {
        await _host.MakeLargeGroup("g", "m", Things);
        // Two of its things are in another target too and stay: one that has its execution, one that waits.
        await _host.MakeGroup("other", "m00007", "m19998");
        await _host.Create("c", [JobsHost.GroupArn("g"), JobsHost.GroupArn("other")], r => r with { TargetSelection = "CONTINUOUS" });
        await StartAtOnce();
        await _host.Report("m00001", "c", "IN_PROGRESS");
        await _host.Report("m00002", "c", "SUCCEEDED");

        var before = await JournalLength();
        JobsHost.Ok(await _host.Get<DeleteThingGroup>().Handle(JobsHost.Caller, new DeleteThingGroup.Request { ThingGroupName = "g" }, JobsHost.Ct));
        Assert.InRange(await JournalLength() - before, 1, 2);
        // What a device begins before its turn has come it may end, as if it had begun before the deletion.
        await _host.Report("m01900", "c", "IN_PROGRESS");

        for (var piece = 0; piece < 3; piece++)
            Assert.InRange(await Step(), 1, JobLimits.ExecutionChunk);
        Assert.Equal("REMOVED", (await _host.Execution("m00000", "c")).Status);
        Assert.Equal("QUEUED", (await _host.Execution("m01999", "c")).Status);
        await _host.Counts("c");
        await _host.Restart();
        _host.Time.Advance(TimeSpan.FromMinutes(5));
        await _host.Run();

        Assert.Equal(
            ["REMOVED", "IN_PROGRESS", "SUCCEEDED", "QUEUED", "IN_PROGRESS", "REMOVED"],
            await Task.WhenAll(((string[])["m00000", "m00001", "m00002", "m00007", "m01900", "m01999"]).Select(async thing => (await _host.Execution(thing, "c")).Status)));
        await _host.Report("m01900", "c", "SUCCEEDED");
        var counts = await _host.Counts("c");
        Assert.Equal((Reached - 4, 2), (counts.NumberOfRemovedThings, counts.NumberOfSucceededThings));
        // Who is left of those that wait gets it; nobody else does.
        await _host.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("QUEUED", (await _host.Execution("m19998", "c")).Status);
        Assert.Equal(Reached + 1, await Count("SELECT COUNT(*) FROM job_execution"));
        Assert.Equal(0, await Count("SELECT COUNT(*) FROM job_pending"));
        Assert.Equal(0, await Count("SELECT pending FROM job_progress"));
        // One record for each, in the name of whoever deleted the group.
        Assert.Equal(
            Reached - 4,
            await Count("SELECT COUNT(DISTINCT thing) FROM journal WHERE state_to = 'REMOVED' AND state_from = 'QUEUED' AND who = 'arn:aws:iam::000000000000:user/tester' AND why = 'Left'"));
    }

    [Fact]
    public async Task A_job_that_is_canceled_meanwhile_is_canceled()
    {
        await _host.MakeLargeGroup("g", "m", 1_000);
        await _host.Create("c", [JobsHost.GroupArn("g")], r => r with { TargetSelection = "CONTINUOUS" });
        await StartAtOnce();
        JobsHost.Ok(await _host.Get<DeleteThingGroup>().Handle(JobsHost.Caller, new DeleteThingGroup.Request { ThingGroupName = "g" }, JobsHost.Ct));
        await Step();
        JobsHost.Ok(await _host.Get<CancelJob>().Handle(JobsHost.Caller, new CancelJob.Request { JobId = "c" }, JobsHost.Ct));
        await _host.Run();
        var counts = await _host.Counts("c");
        Assert.Equal((JobLimits.ExecutionChunk, 1_000 - JobLimits.ExecutionChunk), (counts.NumberOfRemovedThings, counts.NumberOfCanceledThings));
        Assert.Equal(0, await Count("SELECT COUNT(*) FROM job_pending"));
    }

    /// <summary>As if the rollout had reached so many, which takes minutes at any rate.</summary>
    private Task<int> StartAtOnce() => _host.Get<Database>().Write(
        session =>
        {
            session.Execute(
                """
                INSERT INTO job_execution (account, thing_name, job_key, execution_number, status, version, queued_at_ms, last_updated_at_ms)
                SELECT '000000000000', p.thing_name, p.job_key, 1, 0, 1, @NowMs, @NowMs FROM job_pending p WHERE p.thing_name <= @last
                """,
                new { session.NowMs, last = Last });
            session.Execute("DELETE FROM job_pending WHERE thing_name <= @last", new { last = Last });
            return session.Execute(
                "UPDATE job_progress SET pending = (SELECT COUNT(*) FROM job_pending), queued = (SELECT COUNT(*) FROM job_execution), version = version + 1");
        },
        JobsHost.Ct);

    private static string Last => $"m{Reached - 1:D5}";

    /// <summary>One transaction of the runner; answers how many records it wrote.</summary>
    private async Task<long> Step()
    {
        var before = await JournalLength();
        await _host.Get<Database>().Write(
            session =>
            {
                _host.Get<JobStep>().Run(session, session.First<long>("SELECT job_key FROM job"));
                return 0;
            },
            JobsHost.Ct);
        return await JournalLength() - before;
    }

    private Task<long> JournalLength() => Count("SELECT COUNT(*) FROM journal");

    private Task<long> Count(string sql) => _host.Get<Database>().Read(session => session.First<long>(sql), JobsHost.Ct);
}
