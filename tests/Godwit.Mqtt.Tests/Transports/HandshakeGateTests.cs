using System.Net;
using CsCheck;
using Godwit.Mqtt.Transports;

namespace Godwit.Mqtt.Tests.Transports;

public sealed class HandshakeGateTests
{
    private static readonly IPAddress Crowd = IPAddress.Parse("192.0.2.1"), Other = IPAddress.Parse("192.0.2.2");

    [Fact]
    public void A_crowd_from_one_address_delays_another_by_one_turn()
    {
        var gate = new HandshakeGate(places: 1, rooms: 10);
        Assert.True(gate.Begin(Crowd).IsCompleted);
        var crowd = Enumerable.Range(0, 5).Select(_ => gate.Begin(Crowd).AsTask()).ToList();
        var other = gate.Begin(Other).AsTask();
        gate.Leave();
        Assert.Equal((1, false), (crowd.Count(turn => turn.IsCompleted), other.IsCompleted));
        gate.Leave();
        Assert.Equal((1, true), (crowd.Count(turn => turn.IsCompleted), other.IsCompleted));
        gate.Leave();
        Assert.Equal(2, crowd.Count(turn => turn.IsCompleted));
    }

    [Theory]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", false)] // One network: one crowd.
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", true)]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1", false)]
    [InlineData("::ffff:192.0.2.1", "::ffff:192.0.2.2", true)]
    public void An_address_is_what_one_peer_cannot_choose_freely(string first, string second, bool apart)
    {
        var gate = new HandshakeGate(places: 1, rooms: 10);
        Assert.True(gate.Begin(IPAddress.Parse(first)).IsCompleted);
        var before = gate.Begin(IPAddress.Parse(first)).AsTask();
        var crowd = gate.Begin(IPAddress.Parse(first)).AsTask();
        var other = gate.Begin(IPAddress.Parse(second)).AsTask();
        gate.Leave();
        gate.Leave();
        Assert.Equal((true, apart, !apart), (before.IsCompleted, other.IsCompleted, crowd.IsCompleted));
    }

    [Fact]
    public void One_that_comes_back_goes_before_all_that_have_not_begun()
    {
        var gate = new HandshakeGate(places: 1, rooms: 10);
        Assert.True(gate.Begin(Crowd).IsCompleted);
        var fresh = gate.Begin(Other).AsTask();
        var back = gate.ComeBack().AsTask();
        gate.Leave();
        Assert.Equal((true, false), (back.IsCompleted, fresh.IsCompleted));
        gate.Leave();
        Assert.True(fresh.IsCompleted);
    }

    [Fact]
    public void Whoever_waits_for_his_peer_holds_no_place_and_keeps_his_room()
    {
        var gate = new HandshakeGate(places: 1, rooms: 2);
        for (var i = 0; i < 2; i++)
        {
            Assert.True(gate.Begin(Crowd).IsCompleted);
            gate.Leave();
        }

        var third = gate.Begin(Other).AsTask();
        Assert.True(gate.ComeBack().IsCompleted);
        gate.Leave();
        Assert.False(third.IsCompleted);
        gate.Settle();
        Assert.True(third.IsCompleted);
    }

    /// <summary>Whatever order they come, leave and settle in: never more than there is room for, and nobody waits while there is room for him.</summary>
    [Fact]
    public void Bounds_hold_and_nobody_is_forgotten() => Gen.Select(Gen.Int[1, 4], Gen.Int[1, 6], Gen.Int[0, 99].Array[1, 200]).Sample((places, rooms, steps) =>
    {
        var gate = new HandshakeGate(places, rooms);
        List<Task> entering = [], inside = [], away = [], returning = [];
        foreach (var step in steps)
        {
            switch (step % 4)
            {
                case 0:
                    entering.Add(gate.Begin(new IPAddress([10, 0, 0, (byte)(step % 7)])).AsTask());
                    break;
                case 1 when inside.Count > 0:
                    away.Add(Task.CompletedTask);
                    inside.RemoveAt(0);
                    gate.Leave();
                    break;
                case 2 when away.Count > 0:
                    away.RemoveAt(0);
                    returning.Add(gate.ComeBack().AsTask());
                    break;
                case 3 when inside.Count > 0:
                    inside.RemoveAt(0);
                    gate.Leave();
                    gate.Settle();
                    break;
            }

            foreach (var line in new[] { entering, returning })
            {
                inside.AddRange(line.Where(turn => turn.IsCompleted));
                line.RemoveAll(turn => turn.IsCompleted);
            }

            Assert.True(inside.Count <= places);
            Assert.True(inside.Count + away.Count + returning.Count <= rooms);
            var mayCompute = inside.Count < places;
            Assert.False(mayCompute && returning.Count > 0);
            Assert.False(mayCompute && entering.Count > 0 && inside.Count + away.Count + returning.Count < rooms);
        }
    }, iter: 500);
}
