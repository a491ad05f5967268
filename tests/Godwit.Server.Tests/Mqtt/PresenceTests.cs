using Godwit.Server.Mqtt;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Mqtt;

public sealed class PresenceTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 5, 4, 3, 2, 1, TimeSpan.Zero));

    [Fact]
    public void It_knows_since_when_a_client_is_there_and_when_it_was_last_seen()
    {
        var presence = new Presence(_time);
        presence.Came("a", "dev7", connection: 1);
        _time.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(_time.GetUtcNow().AddMinutes(-5), presence.Find("a", "dev7")!.ConnectedAt);
        presence.Left("a", "dev7", connection: 1);

        Assert.False(presence.IsConnected("a", "dev7"));
        Assert.Equal(_time.GetUtcNow(), presence.Find("a", "dev7")!.LeftAt);
        Assert.Null(presence.Find("b", "dev7"));
    }

    [Fact]
    public void The_end_of_a_connection_that_was_taken_over_says_nothing_about_the_client()
    {
        var presence = new Presence(_time);
        presence.Came("a", "dev7", connection: 1);
        presence.Came("a", "dev7", connection: 2);

        presence.Left("a", "dev7", connection: 1);

        Assert.True(presence.IsConnected("a", "dev7"));
    }

    [Fact]
    public void The_oldest_of_those_that_left_are_forgotten_and_those_that_came_back_are_not()
    {
        var presence = new Presence(_time, goneMax: 2);
        foreach (var (n, id) in new[] { "a", "b", "c", "d" }.Index())
        {
            presence.Came("x", id, n);
            presence.Left("x", id, n);
            if (id == "b")
                presence.Came("x", "a", connection: 10);
        }

        Assert.True(presence.IsConnected("x", "a"));
        Assert.Null(presence.Find("x", "b"));
        Assert.NotNull(presence.Find("x", "c"));
        Assert.NotNull(presence.Find("x", "d"));
    }
}
