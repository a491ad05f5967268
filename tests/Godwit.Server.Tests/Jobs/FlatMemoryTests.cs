using Godwit.Core.Jobs;
using Godwit.Server.Jobs;
using Godwit.Server.Storage;
using Godwit.Server.Things;

namespace Godwit.Server.Tests.Jobs;

/// <summary>What the runner does with executions that are there, a transaction at a time: none of its transactions allocates more for more of them.</summary>
[Collection(nameof(Alone))]
public sealed class FlatMemoryTests : IAsyncDisposable
{
    private const int Few = 750, Many = 6_000;

    private readonly JobsHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_cancellation_takes_as_much_memory_for_many_executions_as_for_few() => await Compare(async job =>
    {
        JobsHost.Ok(await _host.Get<CancelJob>().Handle(JobsHost.Caller, new CancelJob.Request { JobId = job, Force = true }, JobsHost.Ct));
        return () => Step(job);
    });

    [Fact]
    public async Task A_deletion_takes_as_much_memory_for_many_executions_as_for_few() => await Compare(async job =>
    {
        JobsHost.Ok(await _host.Get<DeleteJob>().Handle(JobsHost.Caller, new DeleteJob.Request { JobId = job, Force = true }, JobsHost.Ct));
        return () => Step(job);
    });

    [Fact]
    public async Task A_group_that_leaves_takes_as_much_memory_with_many_executions_as_with_few() => await Compare(async job =>
    {
        JobsHost.Ok(await _host.Get<DeleteThingGroup>().Handle(JobsHost.Caller, new DeleteThingGroup.Request { ThingGroupName = job }, JobsHost.Ct));
        return () => Step(job);
    });

    [Fact]
    public async Task Time_outs_and_what_completes_by_them_take_as_much_memory_for_many_executions_as_for_few() => await Compare(async job =>
    {
        await _host.Get<Database>().Write(
            session => session.Execute("UPDATE job_execution SET deadline_at_ms = @NowMs WHERE job_key = (SELECT job_key FROM job WHERE job_id = @job)", new { session.NowMs, job }), JobsHost.Ct);
        return async () => await _host.Get<JobTimers>().TimeOut(JobsHost.Ct) || await Step(job);
    });

    [Fact]
    public async Task An_outage_that_is_forgiven_takes_as_much_memory_for_many_executions_as_for_few()
    {
        // Its pieces are larger, for they have no records of their own.
        const int few = JobLimits.ExpandChunk + 500;
        await Compare(BeginOutage, few, 3 * few);
    }

    private async Task<Func<Task<bool>>> BeginOutage(string job)
    {
        var until = JobsHost.Start.ToUnixTimeMilliseconds();
        await _host.Get<Database>().Write(
            session => session.Execute("UPDATE job_execution SET deadline_at_ms = @due WHERE job_key = (SELECT job_key FROM job WHERE job_id = @job)", new { due = until - 1, job }), JobsHost.Ct);
        return async () => await _host.Get<Database>().Write(session => _host.Get<JobTimers>().MoveSome(session, until), JobsHost.Ct) > 0;
    }

    /// <param name="begin">Begins the phase of a job whose executions are all there; answers what takes one step of it, and whether it took one.</param>
    private async Task Compare(Func<string, Task<Func<Task<bool>>>> begin, int fewThings = Few, int manyThings = Many)
    {
        // What is compiled once is compiled.
        await Most("warm", fewThings, begin);
        var (few, many) = (await Most("few", fewThings, begin), await Most("many", manyThings, begin));
        Assert.True(many.Steps > few.Steps, $"{few.Steps} steps for {fewThings} executions, {many.Steps} for {manyThings}");
        // A list of so many more names would take three times that.
        Assert.True(many.Bytes - few.Bytes < (manyThings - fewThings) * 20, $"a step allocates up to {few.Bytes} bytes for {fewThings} executions and {many.Bytes} for {manyThings}");
    }

    /// <summary>The most that one step allocates.</summary>
    private async Task<(long Bytes, int Steps)> Most(string job, int things, Func<string, Task<Func<Task<bool>>>> begin)
    {
        await _host.MakeLargeGroup(job, job, things);
        JobsHost.Ok(await _host.TryCreate(job, [JobsHost.GroupArn(job)], r => r with { TargetSelection = "CONTINUOUS" }));
        await _host.Get<Database>().Write(session => Reach(session, job), JobsHost.Ct);
        var step = await begin(job);
        var (most, steps) = (0L, 0);
        while (true)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            var took = await step();
            most = Math.Max(most, GC.GetTotalAllocatedBytes(precise: true) - before);
            if (!took)
                return (most, steps);
            Assert.True(++steps < things, "it does not come to an end");
        }
    }

    /// <summary>As if the rollout had reached all of them, which takes minutes at any rate.</summary>
    private static int Reach(WriteSession session, string job)
    {
        var key = session.First<long>("SELECT job_key FROM job WHERE job_id = @job", new { job });
        session.Execute("DELETE FROM job_pending WHERE job_key = @key", new { key });
        session.Execute(
            $"""
            INSERT INTO job_execution (account, thing_name, job_key, execution_number, status, version, queued_at_ms, last_updated_at_ms)
            SELECT g.thing_name_account, g.thing_name, @key, 1, 0, 1, @NowMs, @NowMs FROM (SELECT '000000000000' AS thing_name_account, t.thing_name FROM ({Membership.ThingsOfGroupSql}) t) g
            """,
            new { account = "000000000000", group = job, key, session.NowMs });
        return session.Execute(
            "UPDATE job_progress SET expanding = 0, pending = 0, queued = (SELECT COUNT(*) FROM job_execution WHERE job_key = @key), version = version + 1 WHERE job_key = @key", new { key });
    }

    /// <summary>One transaction of the runner, if the job has anything to do now.</summary>
    private Task<bool> Step(string job) => _host.Get<Database>().Write(
        session =>
        {
            var due = session.First<long?>(
                "SELECT p.job_key FROM job_progress p JOIN job j ON j.job_key = p.job_key WHERE j.job_id = @job AND p.wake_at_ms <= @NowMs", new { job, session.NowMs });
            if (due is not { } key)
                return false;
            _host.Get<JobStep>().Run(session, key);
            return true;
        },
        JobsHost.Ct);
}
