using Godwit.Server.Placement;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Why;

public sealed class DeviceTrailTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 5, 4, 3, 2, 1, TimeSpan.Zero));

    [Fact]
    public void It_keeps_what_was_last_seen_of_the_latest_job_and_stream()
    {
        var trail = new DeviceTrail(_time);
        trail.Notified("a", "dev7", "one");
        trail.Blocks("a", "dev7", "s1", count: 8, last: 7, inFile: 20, default);
        trail.Blocks("a", "dev7", "s1", count: 8, last: 15, inFile: 20, default);
        _time.Advance(TimeSpan.FromMinutes(1));
        trail.Document("a", "dev7", "two");

        var seen = trail.Find("a", "dev7");
        Assert.Equal(("two", null, _time.GetUtcNow()), (seen.JobId, seen.NotifiedAt, seen.DocumentAt));
        Assert.Equal((2, 16, 15, 20), (seen.BlockRequests, seen.Blocks, seen.LastBlock, seen.BlocksInFile));

        trail.Blocks("a", "dev7", "s2", count: 1, last: 0, inFile: 3, default);
        Assert.Equal((1, 1), (trail.Find("a", "dev7").BlockRequests, trail.Find("a", "dev7").Blocks));
        Assert.Null(trail.Find("b", "dev7").HeardAt);
    }

    [Fact]
    public void It_forgets_the_oldest_devices_first()
    {
        var trail = new DeviceTrail(_time, devicesMax: 2);
        foreach (var thing in (string[])["x", "y", "z"])
            trail.Heard("a", thing);

        Assert.Null(trail.Find("a", "x").HeardAt);
        Assert.NotNull(trail.Find("a", "y").HeardAt);
        Assert.NotNull(trail.Find("a", "z").HeardAt);
    }
}
