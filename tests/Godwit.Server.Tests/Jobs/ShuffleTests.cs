using Godwit.Core.Jobs;
using Godwit.Server.Jobs;
using Godwit.Server.Storage;

namespace Godwit.Server.Tests.Jobs;

public sealed class ShuffleTests : IAsyncDisposable
{
    private readonly JobsHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task A_shuffled_rollout_goes_by_the_keys_across_all_targets_and_restarts()
    {
        await _host.MakeLargeGroup("g", "g", 40);
        await _host.MakeThings("a", "b", "z");
        var names = Enumerable.Range(0, 40).Select(i => $"g{i:00000}").Concat(["a", "b", "z"]).ToList();
        await Create("job", [JobsHost.ThingArn("z"), JobsHost.GroupArn("g"), JobsHost.ThingArn("b"), JobsHost.ThingArn("a")], "42");
        await Roll(20);
        await _host.Restart();
        await Roll(30);

        var started = await Started("job");
        Assert.Equal(Shuffled(names, "42"), started);
        Assert.NotEqual(names.Order(StringComparer.Ordinal), started);
        // No second has more than its share, although the order is another.
        Assert.Equal(names.Count, (await _host.Counts("job")).NumberOfQueuedThings);
        Assert.Equal(1, await MostAtOnce("job"));
    }

    [Fact]
    public async Task Another_seed_is_another_order_and_the_same_seed_the_same()
    {
        await _host.MakeLargeGroup("g", "g", 20);
        foreach (var (job, seed) in new[] { ("one", "1"), ("two", "2"), ("again", "1") })
            await Create(job, [JobsHost.GroupArn("g")], seed);
        await Roll(40);
        Assert.NotEqual(await Started("one"), await Started("two"));
        Assert.Equal(await Started("one"), await Started("again"));
    }

    [Fact]
    public async Task A_large_group_is_shuffled_as_a_whole_though_it_is_resolved_in_pieces()
    {
        await _host.MakeLargeGroup("g", "g", JobLimits.ExpandChunk + 100);
        await Create("job", [JobsHost.GroupArn("g")], "s");
        await Roll(30);
        var names = Enumerable.Range(0, JobLimits.ExpandChunk + 100).Select(i => $"g{i:00000}");
        var started = await Started("job");
        Assert.Equal(Shuffled(names, "s").Take(started.Count), started);
        Assert.True(started.Count > 20);
    }

    [Fact]
    public async Task Whoever_joins_at_the_rate_takes_the_place_of_its_key()
    {
        await _host.MakeThings("a", "b", "c", "d", "e", "f");
        await _host.MakeGroup("g", "a", "b", "c");
        await _host.Create(
            "job", [JobsHost.GroupArn("g")],
            request => request with { TargetSelection = "CONTINUOUS", JobExecutionsRolloutConfig = new() { MaximumPerMinute = 1 }, Controls = new() { ShuffleSeed = "x", LateJoinersAtRate = true } });
        var first = Assert.Single(await Started("job"));
        foreach (var thing in new[] { "d", "e", "f" })
            await _host.Join("g", thing);
        for (var minute = 0; minute < 6; minute++)
            await _host.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([first, .. Shuffled(new[] { "a", "b", "c", "d", "e", "f" }.Where(name => name != first), "x")], await Started("job"));
    }

    /// <summary>A thing that joins one target while another, which has it too, is still being resolved waits once.</summary>
    [Fact]
    public async Task A_thing_that_joins_while_targets_are_resolved_waits_once()
    {
        await _host.MakeLargeGroup("large", "t", JobLimits.ExpandChunk + 10);
        await _host.MakeGroup("other");
        JobsHost.Ok(await _host.TryCreate(
            "job", [JobsHost.GroupArn("large"), JobsHost.GroupArn("other")],
            request => request with { TargetSelection = "CONTINUOUS", Controls = new() { LateJoinersAtRate = true } }));
        await _host.Join("other", "t00003");
        await Roll(2);
        Assert.Equal(1, await _host.Get<Database>().Read(
            s => s.First<long>(
                "SELECT (SELECT COUNT(*) FROM job_pending WHERE thing_name = 't00003') + (SELECT COUNT(*) FROM job_execution WHERE thing_name = 't00003')"),
            JobsHost.Ct));
    }

    private Task Create(string jobId, string[] targets, string seed) => _host.Create(
        jobId, targets, request => request with { JobExecutionsRolloutConfig = new() { MaximumPerMinute = 60 }, Controls = new() { ShuffleSeed = seed } });

    private async Task Roll(int seconds)
    {
        for (var second = 0; second < seconds; second++)
            await _host.Advance(TimeSpan.FromSeconds(1));
    }

    private static IEnumerable<string> Shuffled(IEnumerable<string> names, string seed) => names.OrderBy(name => ShuffleOrder.Key(seed, name), StringComparer.Ordinal);

    /// <summary>Things in the order in which they got the job.</summary>
    private Task<List<string>> Started(string jobId) => _host.Get<Database>().Read(
        s => s.Query<string>("SELECT thing FROM journal WHERE job = @jobId AND kind = 'RolloutPace' ORDER BY seq", new { jobId }), JobsHost.Ct);

    private Task<long> MostAtOnce(string jobId) => _host.Get<Database>().Read(
        s => s.First<long>("SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM journal WHERE job = @jobId AND kind = 'RolloutPace' GROUP BY at_ms) m", new { jobId }), JobsHost.Ct);
}
