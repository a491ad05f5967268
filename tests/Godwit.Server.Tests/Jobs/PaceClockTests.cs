using Godwit.Server.Jobs;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Jobs;

public class PaceClockTests
{
    [Fact]
    public void Only_a_pace_that_this_process_noted_has_time_that_passed()
    {
        var time = new FakeTimeProvider();
        var clock = new PaceClock(time);
        Assert.Equal(TimeSpan.Zero, clock.Since(1, "a"));
        clock.Note(1, "a");
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(3), clock.Since(1, "a"));
        Assert.Equal(TimeSpan.Zero, clock.Since(1, "b"));
        Assert.Equal(TimeSpan.Zero, clock.Since(2, "a"));
        clock.Note(1, "a");
        Assert.Equal(TimeSpan.FromSeconds(3), clock.Since(1, "a"));
        clock.Note(1, "b");
        Assert.Equal(TimeSpan.Zero, clock.Since(1, "b"));
        clock.Forget(1);
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.Zero, clock.Since(1, "b"));
    }
}
