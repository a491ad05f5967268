using System.Net;
using Godwit.Mqtt.Packets;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Mqtt.Tests.Harness;

/// <summary>A broker on a free loopback port, with a clock that only tests move.</summary>
public sealed class BrokerUnderTest : IAsyncDisposable
{
    private BrokerUnderTest(Broker broker, TestHost host, FakeTimeProvider time)
    {
        Broker = broker;
        Host = host;
        Time = time;
    }

    public Broker Broker { get; }

    public TestHost Host { get; }

    public FakeTimeProvider Time { get; }

    public IPEndPoint EndPoint => Broker.EndPoints.Values.First();

    public static async Task<BrokerUnderTest> Start(
        Func<BrokerOptions, BrokerOptions>? change = null, TestHost? host = null, TestJournal? journal = null)
    {
        var options = new BrokerOptions { Listeners = [new MqttListener("plain", new IPEndPoint(IPAddress.Loopback, 0), Tls: null)] };
        var time = new FakeTimeProvider();
        host ??= new TestHost();
        byte next = 0;
        var broker = new Broker(change?.Invoke(options) ?? options, host, time, span => span.Fill(++next), journal);
        if (journal is not null)
            journal.Time = time;
        await broker.StartAsync(CancellationToken.None);
        return new BrokerUnderTest(broker, host, time);
    }

    public Task<RawClient> Open(ProtocolLevel level = ProtocolLevel.V311) => RawClient.Open(EndPoint, level);

    public async Task<RawClient> Connect(string clientId, ProtocolLevel level = ProtocolLevel.V311, bool clean = true, Properties? properties = null)
    {
        var client = await Open(level);
        var answer = await client.Connect(clientId, clean, properties: properties);
        Assert.Equal(0, answer.Code);
        return client;
    }

    /// <summary>Waits for figures that follow shortly behind what a client can see.</summary>
    public async Task Until(Func<BrokerCounters, bool> expected)
    {
        for (var i = 0; !expected(Broker.Count()); i++)
        {
            Assert.True(i < 1_000_000, Broker.Count().ToString());
            await Task.Yield();
        }
    }

    /// <summary>
    /// Moves the clock once the broker is at rest: between the moment a client has read an answer and the moment the broker has
    /// noted that it is written, a jump of an hour would look like an hour of stalling.
    /// </summary>
    public async Task Advance(TimeSpan by)
    {
        for (var i = 0; Broker.Connections.Any(connection => !((Connection)connection).IsIdle); i++)
        {
            Assert.True(i < 1_000_000, "The broker does not come to rest.");
            await Task.Yield();
        }

        Time.Advance(by);
    }

    /// <summary>No exception may have reached the host, whatever a test did.</summary>
    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        Assert.Empty(Host.Faults);
    }
}
