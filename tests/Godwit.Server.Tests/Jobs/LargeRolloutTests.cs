namespace Godwit.Server.Tests.Jobs;

/// <summary>Tests that count the whole process's allocations run alone.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>What a million things ask of a rollout, at a smaller scale: bench/ has the million.</summary>
[Collection(nameof(Alone))]
public sealed class LargeRolloutTests : IAsyncDisposable
{
    private const int Few = 6_000;
    private const int Many = 60_000;

    private readonly JobsHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Ten_times_the_things_take_hardly_more_memory()
    {
        await _host.MakeLargeGroup("few", "f", Few);
        await _host.MakeLargeGroup("many", "m", Many);
        // What is compiled once is compiled.
        await Roll("warm", "few");
        var (few, many) = (await Roll("first", "few"), await Roll("second", "many"));

        // A list of names would be some hundred bytes for each of them; what is left are the statements for each 5,000.
        Assert.True(many - few < (Many - Few) * 40, $"{few} bytes for {Few} things, {many} for {Many}");
    }

    /// <summary>Creates the job, resolves its snapshot and starts the first of it. Answers the bytes that were allocated meanwhile.</summary>
    private async Task<long> Roll(string jobId, string group)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await _host.Create(jobId, [JobsHost.GroupArn(group)]);
        await _host.Run();
        for (var second = 0; second < 3; second++)
            await _host.Advance(TimeSpan.FromSeconds(1));
        var bytes = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.InRange((await _host.Counts(jobId)).NumberOfQueuedThings, 50, 100);
        return bytes;
    }
}
