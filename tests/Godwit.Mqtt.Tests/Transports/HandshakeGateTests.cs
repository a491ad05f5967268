using System.Net;
using Godwit.Mqtt.Transports;

namespace Godwit.Mqtt.Tests.Transports;

public sealed class HandshakeGateTests
{
    [Fact]
    public async Task What_waits_for_its_turn_goes_on_upon_one_thread_and_never_two_at_once()
    {
        using var gate = new HandshakeGate(threads: 1, rooms: 100);
        var (computing, most, threads) = (0, 0, new HashSet<int>());
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
        {
            await gate.Begin(IPAddress.Loopback);
            for (var step = 0; step < 3; step++)
            {
                most = Math.Max(most, ++computing); // One thread: no lock.
                threads.Add(Environment.CurrentManagedThreadId);
                Thread.SpinWait(100);
                computing--;
                await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                Assert.NotEqual("godwit handshakes", Thread.CurrentThread.Name);
                await gate.ComeBack();
            }

            gate.Settle();
        }));
        Assert.Equal((1, 1, 0, 0), (most, threads.Count, gate.Strangers, gate.Waiting));
    }
}
