using System.Net;
using CsCheck;
using Godwit.Mqtt.Transports;

namespace Godwit.Mqtt.Tests.Transports;

public sealed class HandshakeQueueTests
{
    private static readonly IPAddress Crowd = IPAddress.Parse("192.0.2.1"), Other = IPAddress.Parse("192.0.2.2");

    [Fact]
    public void A_crowd_from_one_address_delays_another_by_one_turn()
    {
        var queue = new HandshakeQueue<string>(rooms: 10);
        for (var i = 0; i < 4; i++)
            queue.Add(Crowd, $"crowd {i}");
        queue.Add(Other, "other");
        Assert.Equal(["crowd 0", "other", "crowd 1", "crowd 2", "crowd 3"], All(queue));
    }

    [Theory]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", false)] // One network: one crowd.
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", true)]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1", false)]
    [InlineData("::ffff:192.0.2.1", "::ffff:192.0.2.2", true)]
    public void An_address_is_what_one_peer_cannot_choose_freely(string first, string second, bool apart)
    {
        var queue = new HandshakeQueue<string>(rooms: 10);
        queue.Add(IPAddress.Parse(first), "a");
        queue.Add(IPAddress.Parse(first), "b");
        queue.Add(IPAddress.Parse(second), "c");
        Assert.Equal(apart ? ["a", "c", "b"] : ["a", "b", "c"], All(queue));
    }

    [Fact]
    public void One_that_comes_back_goes_before_all_that_have_not_begun_and_needs_no_room()
    {
        var queue = new HandshakeQueue<string>(rooms: 1);
        queue.Add(Crowd, "one");
        queue.Add(Other, "two");
        Assert.Equal(["one"], All(queue));
        queue.AddAgain("one");
        Assert.Equal(["one"], All(queue));
        Assert.Equal((1, 1), (queue.Strangers, queue.Waiting));
        queue.Settle();
        Assert.Equal(["two"], All(queue));
    }

    /// <summary>Whatever order they come, wait and settle in: never more strangers than rooms, each goes in once, and nobody waits while there is room for him.</summary>
    [Fact]
    public void Bounds_hold_and_nobody_is_forgotten() => Gen.Select(Gen.Int[1, 6], Gen.Int[0, 99].Array[1, 200]).Sample((rooms, steps) =>
    {
        var queue = new HandshakeQueue<int>(rooms);
        var (added, seen, inside) = (0, new HashSet<int>(), new Queue<int>());
        foreach (var step in steps)
        {
            switch (step % 4)
            {
                case 0 or 1:
                    queue.Add(new IPAddress([10, 0, 0, (byte)(step % 7)]), added++);
                    break;
                case 2 when inside.TryDequeue(out var back):
                    queue.AddAgain(back);
                    Assert.True(queue.TryTake(out var next));
                    Assert.Equal(back, next);
                    inside.Enqueue(back);
                    break;
                case 3 when inside.TryDequeue(out _):
                    queue.Settle();
                    break;
            }

            while (queue.TryTake(out var fresh))
            {
                Assert.True(seen.Add(fresh));
                inside.Enqueue(fresh);
            }

            Assert.Equal(inside.Count, queue.Strangers);
            Assert.True(inside.Count <= rooms);
            Assert.Equal(added - seen.Count, queue.Waiting);
            Assert.True(queue.Waiting == 0 || inside.Count == rooms);
        }
    });

    private static List<T> All<T>(HandshakeQueue<T> queue)
    {
        List<T> all = [];
        while (queue.TryTake(out var next))
            all.Add(next);
        return all;
    }
}
